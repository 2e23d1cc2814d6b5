import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { WebSocketServer, type WebSocket } from 'ws';
import { until } from '../client/until.js';
import { vocabularyOf, type Message } from '../client/vocabulary.js';
import { randomFor } from './random.js';
import { DrivenStation, type Rules } from './station.js';

// A gateway that does wrong: does the station write it down?

const HEARTBEAT: Message = ['Heartbeat', {}];
const ANSWER_MS = 500;
/** With it the first repeat gets a new id. */
const NEW_ID_SEED = 4;

let gateway: Gateway;
let abort: AbortController;

beforeEach(async () => {
  gateway = await Gateway.start();
  abort = new AbortController();
});
afterEach(() => {
  abort.abort();
  gateway.close();
});

function station(rules: Partial<Rules> = {}, seed = 1): DrivenStation {
  const all: Rules = {
    url: () => gateway.url,
    backOffMs: [1, 5],
    answerWithinMs: ANSWER_MS,
    bootShare: 0,
    commandMs: 1,
    signal: abort.signal,
    ...rules,
  };
  return new DrivenStation('CS-1', vocabularyOf('2.0.1'), all, randomFor(seed));
}

test('a message is sent over as many connections as it takes, with the same content', async () => {
  gateway.onCall = (socket, id) => {
    if (gateway.sockets.length < 3) socket.terminate();
    else reply(socket, id);
  };
  const one = station();
  await one.deliver('heartbeat', HEARTBEAT);
  assert.equal(one.connections, 3);
  assert.equal(one.messages.length, 1);
  assert.equal(one.messages[0]?.sentAs.length, 3);
  assert.deepEqual(one.strays, []);
  one.cut();
});

test('a CALL that is not answered in time is sent again on another connection', async () => {
  gateway.onCall = (socket, id) => {
    if (gateway.sockets.length === 2) reply(socket, id);
  };
  const one = station({ answerWithinMs: 20 });
  await one.deliver('heartbeat', HEARTBEAT);
  assert.equal(one.connections, 2);
  one.cut();
});

test('a CALLERROR is written down, and the message sent again', async () => {
  let calls = 0;
  gateway.onCall = (socket, id) => {
    if (++calls === 1) socket.send(JSON.stringify([4, id, 'InternalError', '', {}]));
    else reply(socket, id);
  };
  const one = station();
  await one.deliver('heartbeat', HEARTBEAT);
  assert.match(JSON.stringify(one.errors), /InternalError/);
  one.cut();
});

test('a second answer, and an answer to nothing, are strays', async () => {
  gateway.onCall = (socket, id) => {
    reply(socket, id);
    reply(socket, id);
    reply(socket, 'never-asked');
  };
  const one = station();
  await one.deliver('heartbeat', HEARTBEAT);
  await until('the strays', () => one.strays.length === 2);
  assert.match(one.strays.join(), /answers nothing.*answers nothing.*never-asked/s);
  one.cut();
});

test('an answer on another connection than the one on which the CALL was asked is a stray', async () => {
  gateway.onCall = (socket, id) => {
    if (gateway.sockets.length === 1) return;
    reply(socket, gateway.ids[0] ?? '');
    reply(socket, id);
  };
  const one = station({}, NEW_ID_SEED);
  const delivered = one.deliver('heartbeat', HEARTBEAT);
  await until('the CALL', () => gateway.ids.length === 1);
  one.cut();
  await delivered;
  assert.notEqual(gateway.ids[0], gateway.ids[1]);
  assert.deepEqual(one.strays, [`a frame that answers nothing came: [3,"${gateway.ids[0]}",{}]`]);
  one.cut();
});

test('a CALL of the gateway while another is not answered is written down', async () => {
  gateway.onCall = (socket, id) => {
    for (const command of ['c-1', 'c-2']) socket.send(JSON.stringify([2, command, 'DataTransfer', {}]));
    reply(socket, id);
  };
  const one = station({ commandMs: 50 });
  await one.deliver('heartbeat', HEARTBEAT);
  assert.deepEqual(
    one.commands.map(({ id, beside }) => [id, beside]),
    [
      ['c-1', undefined],
      ['c-2', 'c-1'],
    ],
  );
  one.cut();
});

test('of two connections the newer is used; the older may be closed, and may answer its own CALL', async () => {
  gateway.onCall = (socket, id) => {
    reply(socket, id);
    if (gateway.sockets.length === 2) gateway.sockets[0]?.close(1008);
  };
  const one = station();
  await one.deliver('heartbeat', HEARTBEAT);
  one.connectTwice(gateway.url);
  await one.deliver('heartbeat', HEARTBEAT);
  assert.equal(one.connections, 2);
  assert.deepEqual(one.strays, []);
  one.cut();
});

test('of two connections the older must be closed, and is answered nothing after the newer was', async () => {
  const one = station();
  await one.deliver('heartbeat', HEARTBEAT);
  one.connectTwice(gateway.url);
  await one.deliver('heartbeat', HEARTBEAT);
  await until('the stray', () => one.strays.length === 1);
  assert.match(one.strays.join(), /answers nothing/);
  await until('the complaint', () => one.strays.length === 2);
  assert.match(one.strays.join(), /the older of two connections was not closed/);
  one.cut();
});

test('a station that stays connected comes back by itself, and writes down how', async () => {
  const one = station({ staysConnected: true });
  await one.deliver('heartbeat', HEARTBEAT);
  gateway.sockets[0]?.close(1001);
  const back = await until('the second connection', () =>
    one.reconnections.find(({ backAt }) => backAt !== undefined),
  );
  assert.equal(one.connections, 2);
  assert.equal(back.code, 1001);
  assert.equal(back.backOffs.length, 1);
  assert.ok((back.backAt ?? 0) > back.closedAt);
  one.cut();
});

test('a station that is refused comes again after the Retry-After, not before', async () => {
  const one = station({ staysConnected: true });
  await one.deliver('heartbeat', HEARTBEAT);
  gateway.refusals = 1;
  gateway.sockets[0]?.close(1001);
  const back = await until('the second connection', () =>
    one.reconnections.find(({ backAt }) => backAt !== undefined),
  );
  assert.equal(back.backOffs.length, 2);
  assert.equal(back.backOffs[1], 1000);
  one.cut();
});

const reply = (socket: WebSocket, id: string): void => socket.send(JSON.stringify([3, id, {}]));

/** A gateway that does whatever a test wants. */
class Gateway {
  readonly sockets: WebSocket[] = [];
  readonly ids: string[] = [];
  /** Handshakes that are refused for a second, from now on. */
  refusals = 0;
  onCall: (socket: WebSocket, id: string) => void = reply;

  private constructor(private readonly server: WebSocketServer) {
    server.options.verifyClient = (_info, done) => {
      if (this.refusals-- > 0) done(false, 429, 'Too Many Requests', { 'Retry-After': '1' });
      else done(true);
    };
    server.on('connection', (socket) => {
      this.sockets.push(socket);
      socket.on('message', (data) => {
        const [type, id] = JSON.parse((data as Buffer).toString()) as [number, string];
        if (type !== 2) return;
        this.ids.push(id);
        this.onCall(socket, id);
      });
    });
  }

  static async start(): Promise<Gateway> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    return new Gateway(server);
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}/ocpp`;
  }

  close(): void {
    for (const socket of this.sockets) socket.terminate();
    this.server.close();
  }
}
