import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ManualClock } from '../../../libs/clock/mod.js';
import { memoryStore, type Directory, type StationRecord } from '../../../libs/store/mod.js';
import { PASSWORD, STATION, basic, bound, door, headerOf, statusOf } from './door.fixture.js';

describe('refusals for now', () => {
  test('a directory that fails: 503 with Retry-After, never an open door', async () => {
    const directory = memoryStore({ clock: new ManualClock(), shards: 256 }).directory;
    const broken: Directory = { ...directory, get: () => Promise.reject(new Error('down')) };
    const { knock, admitted } = await door({}, [], broken);
    const decision = await knock();
    assert.equal(statusOf(decision), 503);
    assert.match(headerOf(decision, 'Retry-After') ?? '', /^(?:[5-9]|1\d|20)$/);
    assert.deepEqual(admitted, []);
  });

  test('a directory that does not answer: 503 after the timeout', async () => {
    const directory = memoryStore({ clock: new ManualClock(), shards: 256 }).directory;
    const stuck: Directory = { ...directory, get: () => new Promise(() => undefined) };
    const { knock, clock } = await door({ directoryTimeoutMs: 1000 }, [], stuck);
    const decision = knock();
    await clock.advance(1000);
    assert.equal(statusOf(await decision), 503);
  });

  test('look-ups are bounded: some at a time, some waiting, the others 429', async () => {
    const directory = memoryStore({ clock: new ManualClock(), shards: 256 }).directory;
    const asked: ((record: StationRecord) => void)[] = [];
    const slow: Directory = { ...directory, get: () => new Promise((resolve) => asked.push(resolve)) };
    const { knock, counted } = await door({ directoryConcurrency: 2, maxPendingHandshakes: 3 }, [], slow);
    const first = [knock(), knock(), knock()];
    assert.equal(statusOf(await knock()), 429);
    assert.equal(asked.length, 2);
    assert.ok(await counted('stationmaster_edge_pending_handshakes 3'));
    asked[0]?.(STATION);
    asked[1]?.(STATION);
    await Promise.all(first.slice(0, 2));
    assert.equal(asked.length, 3);
    asked[2]?.(STATION);
    assert.deepEqual((await Promise.all(first)).map(statusOf), [101, 101, 101]);
    assert.ok(await counted('stationmaster_edge_pending_handshakes 0'));
  });

  test('too many handshakes at once: 429 with Retry-After, until time has passed', async () => {
    const { knock, clock } = await door({ connectionRate: 10, connectionBurst: 2 });
    assert.deepEqual([await knock(), await knock(), await knock()].map(statusOf), [101, 101, 429]);
    await clock.advance(100);
    assert.deepEqual([await knock(), await knock()].map(statusOf), [101, 429]);
    assert.ok(headerOf(await knock(), 'Retry-After'));
  });

  test('past the rate a station with a running transaction is let in, others are told when to come, and nothing is looked up for them', async () => {
    const lookedUp: string[] = [];
    const { directory } = memoryStore({ clock: new ManualClock(), shards: 256 });
    for (const stationId of ['CP1', 'CP2', 'CP3']) await directory.put({ ...STATION, stationId });
    const watched: Directory = {
      ...bound(directory),
      get: async (stationId) => {
        lookedUp.push(stationId);
        return await directory.get(stationId);
      },
    };
    const limits = { connectionRate: 10, connectionBurst: 2, connectionReserve: 50 };
    const { knock, counted } = await door(limits, [], watched, ['CP3']);
    const shake = (id: string) => knock({ path: `/ocpp/${id}`, authorization: basic(id, PASSWORD) });
    const answers = [await shake('CP1'), await shake('CP2'), await shake('CP3')];
    assert.deepEqual(answers.map(statusOf), [101, 429, 101]);
    assert.deepEqual(lookedUp, ['CP1', 'CP3']);
    assert.match(headerOf(answers[1] ?? assert.fail(), 'Retry-After') ?? '', /^[12]$/);
    for (const line of [
      'stationmaster_edge_admissions_total{class="running"} 1',
      'stationmaster_edge_admissions_total{class="other"} 1',
      'stationmaster_edge_admissions_refused_total{class="other"} 1',
      'stationmaster_edge_running_stations 1',
      'stationmaster_edge_running_entries 1',
      'stationmaster_edge_admission_backlog 1',
      'stationmaster_edge_running_stations_age_seconds 0',
    ]) {
      assert.ok(await counted(line), line);
    }
  });

  test('who claims the id of a station with a running transaction still has to prove it, and gets no second turn for it', async () => {
    const limits = { connectionRate: 1, connectionBurst: 10, connectionReserve: 90 };
    const { knock } = await door(limits, [STATION], undefined, ['CP1']);
    await knock({ path: '/ocpp/CP9' });
    const stranger = () => knock({ authorization: basic('CP1', 'not the password of it') });
    assert.deepEqual([await stranger(), await stranger()].map(statusOf), [401, 429]);
  });

  test('while draining or full: 503, also for one that was being looked up', async () => {
    const made = await door();
    made.closed = 'full';
    assert.equal(statusOf(await made.knock()), 503);
    made.closed = undefined;
    const pending = made.knock();
    made.closed = 'draining';
    assert.equal(statusOf(await pending), 503);
    assert.deepEqual(made.admitted, []);
  });

  test('another version of the WebSocket protocol: 426', async () => {
    const decision = await (await door()).knock({ webSocketVersion: '8' });
    assert.equal(statusOf(decision), 426);
    assert.equal(headerOf(decision, 'Sec-WebSocket-Version'), '13');
  });
});
