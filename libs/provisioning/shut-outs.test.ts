import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryBroker } from '../bus/mod.js';
import { silentLogger } from '../ops/mod.js';
import { ShutOuts } from './mod.js';

function telling() {
  const broker = new MemoryBroker();
  const bus = broker.connect();
  const edge = broker.connect();
  const heard: string[] = [];
  edge.subscribe('csms.shutout.*', ({ subject }) => heard.push(subject));
  return { bus, edge, heard, shutOuts: new ShutOuts(bus, silentLogger()) };
}

test('the edges are told at once, whatever the id holds', async () => {
  const { edge, heard, shutOuts } = telling();
  await shutOuts.tell('CS-1');
  await shutOuts.tell('CS/2');
  await edge.flush();
  assert.deepEqual(heard, ['csms.shutout.CS-1', 'csms.shutout.CS=2F2']);
});

test('what the bus did not take is told when it is back, once, and nothing else is told again', async () => {
  const { bus, edge, heard, shutOuts } = telling();
  await shutOuts.tell('before');
  bus.setConnected(false);
  await shutOuts.tell('CS-1');
  await shutOuts.tell('CS-2');
  await shutOuts.tell('CS-1');
  bus.setConnected(true);
  await bus.flush();
  bus.setConnected(false);
  bus.setConnected(true);
  await bus.flush();
  await edge.flush();
  assert.deepEqual(
    heard.map((subject) => subject.split('.')[2]),
    ['before', 'CS-1', 'CS-2'],
  );
});

test('what was on its way when the bus was lost is told again', async () => {
  const { bus, edge, heard, shutOuts } = telling();
  const told = shutOuts.tell('CS-1');
  bus.setConnected(false);
  await told;
  bus.setConnected(true);
  await bus.flush();
  await edge.flush();
  assert.ok(heard.length >= 1);
});

test('a bus that is closed for good is no error of who tells', async () => {
  const { bus, shutOuts } = telling();
  await bus.close();
  await shutOuts.tell('CS-1');
});
