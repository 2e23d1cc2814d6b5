import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { BOOT, messageOf } from '../messages.js';
import { Swarm } from './swarm.js';

type Frame = [type: number, id: string, action: string];

const PASSWORD = 'a-password-of-16';

/** A server that refuses every station once, and accepts what they send; and a swarm of ten in two processes. */
async function swarmOn(t: TestContext) {
  const seen = { users: new Set<string>(), sources: new Set<string>(), actions: [] as string[] };
  const sockets: WebSocket[] = [];
  const knocked = new Set<string>();
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    verifyClient: ({ req }, done) => {
      const { url = '', headers } = req;
      seen.users.add(Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString());
      seen.sources.add(req.socket.remoteAddress ?? '');
      if (knocked.has(url)) return done(true);
      knocked.add(url);
      done(false, 503, 'busy', { 'Retry-After': '0' });
    },
  });
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data: Buffer) => {
      const [type, id, action] = JSON.parse(data.toString()) as Frame;
      if (type !== 2) return;
      seen.actions.push(action);
      socket.send(`[3,"${id}",{"status":"Accepted"}]`);
    });
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const numbers = Array.from({ length: 10 }, (_, at) => 5 + at);
  const plan = { ports: [port], numbers, subprotocol: 'ocpp1.6', password: PASSWORD, boot: BOOT['1.6'] };
  const swarm = await Swarm.start(plan, 2);
  t.after(() => swarm.stop());
  return { swarm, seen, sockets };
}

test('stations of several processes come with their password, again after a refusal, and boot', async (t) => {
  const { swarm, seen } = await swarmOn(t);
  const connected = await swarm.connect(10, 4);
  assert.equal(connected.acceptedAfterMs.length, 10);
  assert.deepEqual([connected.refused, connected.attempts], [10, 20]);
  assert.ok(seen.users.has(`bench-5:${PASSWORD}`) && seen.users.size === 10);
  assert.equal(seen.sources.size, 2);
  assert.deepEqual([...new Set(seen.actions)], ['BootNotification']);
});

test('a run does exactly the round trips that are asked for, and Heartbeats go on until they are ended', async (t) => {
  const { swarm, seen } = await swarmOn(t);
  await swarm.connect(10);
  const { calls } = messageOf('1.6', 'MeterValues');
  const { latenciesMs } = await swarm.run({ calls, roundTrips: 101, outstanding: 4 });
  assert.equal(latenciesMs.length, 101);
  assert.equal(seen.actions.filter((action) => action === 'MeterValues').length, 101);
  await swarm.beat(1000);
  const { lost, timeouts } = await swarm.calm();
  assert.deepEqual([lost, timeouts], [0, 0]);
});

test('stations that have left can come back; one that the server cuts off ends the run', async (t) => {
  const { swarm, sockets } = await swarmOn(t);
  await swarm.connect(10);
  await swarm.leave();
  assert.equal((await swarm.connect(10)).attempts, 10);
  const { calls } = messageOf('1.6', 'Heartbeat');
  for (const socket of sockets.slice(10)) socket.terminate();
  await assert.rejects(swarm.run({ calls, roundTrips: 10, outstanding: 1 }), /station \d+: the server ended/);
});
