import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { BOOT, messageOf } from '../messages.js';
import { startLoad, type Load } from './load.js';
import type { Plan } from './protocol.js';

type Answer = (text: string, socket: WebSocket) => string | undefined;

const result: Answer = (text) => {
  const [, id] = JSON.parse(text) as [number, string];
  return `[3,"${id}",{}]`;
};

/** A server that answers by `answer`, and a load process with three stations on it. */
async function loadOn(t: TestContext, answer: Answer, plan: Partial<Plan> = {}): Promise<Load> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const text = answer(data.toString(), socket);
      if (text !== undefined) socket.send(text);
    });
  });
  await once(server, 'listening');
  const load = await startLoad({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    subprotocol: 'ocpp1.6',
    stations: 3,
    before: [BOOT['1.6']],
    calls: messageOf('1.6', 'StatusNotification').calls,
    answer: 'result',
    ...plan,
  });
  t.after(() => load.stop());
  return load;
}

test('stations boot, then do exactly the round trips that are asked for, with ids of their own', async (t) => {
  const ids = new Map<string, string>();
  const load = await loadOn(t, (text, socket) => {
    const [, id, action] = JSON.parse(text) as [number, string, string];
    assert.ok(!ids.has(id), `${id} is used again`);
    ids.set(id, action);
    return result(text, socket);
  });
  const actions = (name: string) => [...ids.values()].filter((action) => action === name).length;
  assert.equal(actions('BootNotification'), 3);
  assert.equal((await load.run(100)).answered, 100);
  assert.equal((await load.run(2)).answered, 2);
  assert.equal(actions('StatusNotification'), 102);
});

test('at a pace, CALLs that fell due while the server stood still count from then on', async (t) => {
  let stallsAt: number | undefined;
  const waiting: (() => void)[] = [];
  const load = await loadOn(t, (text, socket) => {
    if (stallsAt === undefined) return result(text, socket);
    if (stallsAt === 0) {
      stallsAt = performance.now();
      setTimeout(() => {
        stallsAt = undefined;
        for (const answer of waiting.splice(0)) answer();
      }, 300);
    }
    waiting.push(() => socket.send(result(text, socket) ?? ''));
    return undefined;
  });
  stallsAt = 0;
  const { answered, maxMs, p50Ms, lateP99Ms } = await load.run(100, { perSecond: 200 });
  assert.equal(answered, 100);
  // Only three stations could send in these 300 ms, in which 60 CALLs were due.
  assert.ok(maxMs >= 290 && p50Ms >= 20 && lateP99Ms >= 200, `${maxMs}, ${p50Ms}, ${lateP99Ms}`);
});

test('an echo has to give back the very bytes', async (t) => {
  const good = await loadOn(t, (text) => text, { answer: 'echo', before: [] });
  assert.equal((await good.run(10)).answered, 10);
  const bad = await loadOn(t, (text) => text.replace('NoError', 'noError'), { answer: 'echo', before: [] });
  await assert.rejects(bad.run(10), /station \d: unexpected frame 1: .*noError/);
});

const WRONG: readonly (readonly [name: string, answer: Answer])[] = [
  ['another id', (text, socket) => result(text, socket)?.replace(/.",/, 'x",')],
  ['a longer id', (text, socket) => result(text, socket)?.replace('",', 'x",')],
  ['a CALLERROR', (text, socket) => result(text, socket)?.replace('[3', '[4')],
];
for (const [name, wrong] of WRONG) {
  test(`an answer with ${name} ends the run`, async (t) => {
    let left = 20;
    const load = await loadOn(t, (text, socket) => (left-- > 0 ? result : wrong)(text, socket));
    await assert.rejects(load.run(100), /unexpected frame 1: \[[34],"/);
  });
}

test('a server that closes a station ends the run and is quoted', async (t) => {
  let left = 20;
  const load = await loadOn(t, (text, socket) => {
    if (left-- > 0) return result(text, socket);
    socket.close(1008, 'go away');
    return undefined;
  });
  await assert.rejects(load.run(100), /unexpected frame 8: close 1008 .*go away/);
});

test('a CALL of the server is refused and does not disturb the round trips', async (t) => {
  const refusals: string[] = [];
  const load = await loadOn(t, (text, socket) => {
    if (text.startsWith('[4,')) {
      refusals.push(text);
      return undefined;
    }
    socket.send('[2,"question","Reset",{"type":"Soft"}]');
    return result(text, socket);
  });
  assert.equal((await load.run(50)).answered, 50);
  assert.equal(refusals[0], '[4,"question","NotSupported","",{}]');
});

test('a refused handshake is told', async (t) => {
  const server = (await import('node:http')).createServer((_, response) => response.writeHead(503).end());
  t.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const plan: Plan = {
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    subprotocol: 'ocpp1.6',
    stations: 1,
    before: [],
    calls: [],
    answer: 'result',
  };
  await assert.rejects(startLoad(plan), /station 0: the handshake was answered by HTTP\/1\.1 503/);
});
