import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grpc } from '../../../libs/api/mod.js';
import { accessOf, METHOD_ROLES, ROLES } from './roles.js';

interface Definition {
  readonly fullName: string;
  readonly methods: Readonly<Record<string, { readonly name: string }>>;
}

const definitions: readonly Definition[] = Object.entries(grpc)
  .filter(([name]) => name.endsWith('ServiceDefinition'))
  .map(([, definition]) => definition as unknown as Definition);

test('every method of every service has a row, and every row is a method', () => {
  assert.ok(definitions.length >= 4);
  const paths = definitions.flatMap(({ fullName, methods }) =>
    Object.values(methods).map(({ name }) => `/${fullName}/${name}`),
  );
  assert.deepEqual([...METHOD_ROLES.keys()].sort(), paths.sort());
  for (const role of METHOD_ROLES.values()) assert.ok(ROLES.includes(role));
});

test('health is for everybody, reflection for any client, and what is not known for nobody', () => {
  assert.equal(accessOf('/grpc.health.v1.Health/Check'), 'everybody');
  assert.equal(accessOf('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'), 'any');
  assert.equal(accessOf('/stationmaster.v1.CommandService/Nothing'), undefined);
});

test('what changes something at a station is no reading', () => {
  for (const [path, role] of METHOD_ROLES) {
    const [, , method = ''] = path.split('/');
    const reads = /^(Get|List|Stream|Follow)/.test(method);
    assert.equal(role === 'read', reads, path);
  }
});
