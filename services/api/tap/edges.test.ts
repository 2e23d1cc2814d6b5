import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { grpc } from '../../../libs/api/mod.js';
import type { TapTold, TappedConnection } from '../../../libs/link/mod.js';
import { Edges } from './edges.js';
import { WaitingMessages } from './waiting-messages.js';

const CONNECTION: TappedConnection = {
  connectionId: 'c1',
  version: '1.6',
  securityProfile: 1,
  remoteAddress: '10.0.0.1',
  connectedAt: 1,
};
const ALIVE: TapTold = { kind: 'alive', connections: [CONNECTION] };
const NOBODY: TapTold = { kind: 'alive', connections: [] };
const GONE: TapTold = { kind: 'disconnected', code: 1000, reason: '', cause: 'station' };

/** What a message says, in short. */
function brief({ what, edgeId }: grpc.TapStationResponse): string {
  if (what?.$case === 'leftOut') {
    return `${edgeId} ${what.value.cause.replace('LEFT_OUT_CAUSE_', '')} ${what.value.messages}`;
  }
  if (what?.$case === 'disconnected') return `${edgeId} disconnected ${what.value.cause}`;
  return `${edgeId} ${what?.$case}`;
}

function rig() {
  const shown: string[] = [];
  const edges = new Edges((message) => shown.push(brief(message)));
  return {
    edges,
    /** An edge tells; what is shown of it. */
    tell: (number: number, told: TapTold, now = 0, edgeId = 'a') => {
      edges.heard({ edgeId, number, at: 1, connectionId: 'c1', told }, now);
      return shown.splice(0);
    },
    look: (now: number) => {
      edges.look(now, 1);
      return shown.splice(0);
    },
    away: (now: number) => {
      edges.wereAway(now, 1);
      return shown.splice(0);
    },
  };
}

test('a connection is shown once, however often an edge says that it is open', () => {
  const { tell, edges } = rig();
  assert.deepEqual(tell(1, ALIVE), ['a connected']);
  assert.deepEqual(tell(2, ALIVE), []);
  assert.deepEqual([edges.count, edges.connections], [1, 1]);
  assert.deepEqual(tell(3, GONE), ['a disconnected station']);
  assert.deepEqual(tell(4, NOBODY), []);
  assert.deepEqual(tell(5, { kind: 'connected', ...CONNECTION }), ['a connected']);
});

test('a gap in the numbers is what was lost; the beginning is none', () => {
  const { tell } = rig();
  assert.deepEqual(tell(3, NOBODY), []);
  assert.deepEqual(tell(6, NOBODY), ['a LOST 2']);
  assert.deepEqual(tell(2, NOBODY, 0, 'b'), []);
});

test('an edge that begins anew has lost what it told meanwhile, and connections that it does not have are over', () => {
  const { tell } = rig();
  tell(1, ALIVE);
  tell(5, ALIVE);
  assert.deepEqual(tell(1, NOBODY), ['a LOST 0', 'a disconnected not_seen']);
});

test('an edge that had the station and is silent is told of, one that had not is forgotten', () => {
  const { tell, look, edges } = rig();
  tell(1, ALIVE, 0, 'a');
  tell(1, NOBODY, 0, 'b');
  assert.deepEqual(look(6999), []);
  assert.deepEqual(look(7000), ['a EDGE_SILENT 0']);
  assert.equal(edges.count, 0);
});

test('while the bus was away silence says nothing', () => {
  const { tell, look, away } = rig();
  tell(1, ALIVE);
  assert.deepEqual(away(20_000), [' LOST 0']);
  assert.deepEqual(look(20_000), []);
});

test('an edge that has no room is told of once, and shows when it has', () => {
  const { tell } = rig();
  assert.deepEqual(tell(1, { kind: 'full' }), ['a EDGE_FULL 0']);
  assert.deepEqual(tell(1, { kind: 'full' }), []);
  assert.deepEqual(tell(1, ALIVE), ['a connected']);
});

test('what a caller does not take is bounded, and what does not fit is counted', async () => {
  const waiting = new WaitingMessages(() => 1, 3, 10_000);
  const message: grpc.TapStationResponse = {
    time: new Date(0),
    edgeId: 'a',
    connectionId: '',
    what: undefined,
  };
  for (let at = 0; at < 5; at++) waiting.push(message);
  await waiting.arrival(new AbortController().signal);
  assert.deepEqual(waiting.take().map(brief), [
    'a undefined',
    'a undefined',
    'a undefined',
    ' SLOW_CALLER 2',
  ]);
  assert.deepEqual(waiting.take(), []);
  const arrival = waiting.arrival(new AbortController().signal);
  waiting.push(message);
  await arrival;
  assert.equal(waiting.take().length, 1);
});
