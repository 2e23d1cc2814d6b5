import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBroker } from '../../libs/bus/mod.js';
import { Edges } from './edges.js';

function edges() {
  const broker = new MemoryBroker();
  const heard: string[] = [];
  const edge = broker.connect();
  edge.subscribe('csms.shutout.*', ({ subject }) => heard.push(subject));
  const bus = broker.connect();
  return { heard, bus, edge, told: new Edges(bus) };
}

test('the edges hear of each station, and nothing is wrong', async () => {
  const { heard, edge, told } = edges();
  told.tell('CS-1');
  told.tell('CS/2');
  assert.equal(await told.problem(), undefined);
  await edge.flush();
  assert.deepEqual(heard, ['csms.shutout.CS-1', 'csms.shutout.CS=2F2']);
});

test('of whom they may not have heard is said, with the command that tells them again', async () => {
  const { bus, told } = edges();
  told.tell('CS-1');
  await bus.close();
  told.tell('CS-2');
  assert.match((await told.problem()) ?? '', /NATS was lost .* npm run provision -- --cut-off CS-1,CS-2$/);
});
