import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grpc } from '../../libs/api/client/mod.js';
import { Lines } from './line.js';
import { cutTo, printable, printableJson } from './printable.js';

const FRAME: grpc.TapFrame = {
  direction: grpc.FrameDirection.FRAME_DIRECTION_FROM_STATION,
  messageType: 2,
  id: 'id-1',
  action: 'Heartbeat',
  payload: '{}',
  payloadIsCut: false,
  payloadNote: '',
  length: 24,
  errorCode: '',
  errorDescription: '',
  answeredAfterMs: undefined,
  fault: '',
  faultDetail: '',
  quirks: [],
};

type What = grpc.TapStationResponse['what'];
const message = (what: What): grpc.TapStationResponse => ({
  time: new Date(2026, 0, 2, 3, 4, 5, 6),
  edgeId: 'edge-1',
  connectionId: 'c1',
  what,
});
const frame = (more: Partial<grpc.TapFrame> = {}) =>
  message({ $case: 'frame', value: { ...FRAME, ...more } });
const lines = (style = { colours: false, width: Infinity }) => new Lines('CS-1', () => style);

test('a frame is one line: time, way, version, type, action, id, time to the answer, payload', () => {
  const one = lines();
  one.of(
    message({
      $case: 'connected',
      value: {
        version: '2.0.1',
        securityProfile: 2,
        remoteAddress: '10.0.0.1',
        since: undefined,
        certificateCommonName: '',
      },
    }),
  );
  assert.equal(one.of(frame()), '03:04:05.006 → 2.0.1 CALL       Heartbeat            id-1 {}');
  const answer = {
    direction: grpc.FrameDirection.FRAME_DIRECTION_TO_STATION,
    messageType: 3,
    answeredAfterMs: 12.34,
  };
  assert.equal(one.of(frame(answer)), '03:04:05.006 ← 2.0.1 CALLRESULT Heartbeat            id-1 12.3 ms {}');
});

test('errors, faults, quirks and what is not shown stand in the line, before the payload', () => {
  const of = (more: Partial<grpc.TapFrame>) => lines().of(frame(more));
  assert.match(
    of({ messageType: 4, errorCode: 'InternalError', errorDescription: 'why' }),
    /CALLERROR .* InternalError why \{\}$/,
  );
  assert.match(
    of({
      messageType: 0,
      id: '',
      action: '',
      payload: '',
      fault: 'not_json',
      faultDetail: 'no JSON',
      payloadNote: 'not shown: x',
    }),
    /\? +- +- \[not_json: no JSON; not shown: x; 24 bytes\]$/,
  );
  assert.match(of({ quirks: ['extra_property'] }), /\[tolerated: extra_property\] \{\}$/);
  assert.match(of({ payload: '{"a":', payloadIsCut: true, length: 70_000 }), /\[70000 bytes\] \{"a":…$/);
});

test("a line ends at the terminal's width, and its colours do not count", () => {
  const narrow = lines({ colours: false, width: 60 });
  const line = narrow.of(frame({ payload: 'x'.repeat(100) }));
  assert.ok(line.length === 60 && line.endsWith('x…'), line);
  const coloured = lines({ colours: true, width: 60 }).of(frame({ payload: 'x'.repeat(100) }));

  assert.equal(coloured.replace(/\u001B\[\d+m/g, ''), line);
  assert.notEqual(coloured, line);
});

test('what a station sends cannot move the cursor or hide in a line', () => {
  assert.equal(printable('a\u001B[2Jb\r\n\u202Ec\u009Bd'), 'a\\u{1b}[2Jb\\u{d}\\u{a}\\u{202e}c\\u{9b}d');
  const all = [
    frame({
      id: '\u001B[2J',
      action: '\u001B',
      payload: '"\u009B"',
      errorDescription: '\u001B',
      messageType: 4,
    }),
    frame({ fault: 'x', faultDetail: '\u001B' }),
    message({ $case: 'disconnected', value: { code: 1000, reason: '\u001B', cause: 'station' } }),
    message({
      $case: 'refused',
      value: {
        outcome: 'x',
        reason: '\n',
        status: 401,
        remoteAddress: '\u001B',
        protocols: '\u001B',
        secure: false,
      },
    }),
  ];

  for (const one of all) assert.doesNotMatch(lines().of(one), /[\u0000-\u001F\u007F-\u009F]/);
  assert.equal(cutTo('a😀b', 3), 'a…');
  assert.equal(cutTo('ab', 2), 'ab');
  assert.equal(cutTo('ab', 0), '');
});

test('nor in a line of JSON, which still says the same', () => {
  const told = { reason: 'a\u001B\u009B[2J\u202E\u2028 \u{E0001}😀é' };
  const json = printableJson(JSON.stringify(told));
  assert.equal(json, '{"reason":"a\\u001b\\u009b[2J\\u202e\\u2028 \\udb40\\udc01😀é"}');
  assert.deepEqual(JSON.parse(json), told);
});

test('facts are sentences', () => {
  const of = (what: What) => lines().of(message(what));
  const listening = (edges: number, connections: number, inDirectory: boolean) =>
    of({ $case: 'listening', value: { edges, connections, inDirectory } });
  assert.match(listening(0, 0, true), /no edge answers/);
  assert.match(listening(1, 1, true), /listening at 1 edge {2}\(/);
  assert.match(listening(2, 0, true), /2 edges: CS-1 is not connected at present; waiting for it$/);
  assert.match(listening(2, 0, false), /not connected at present, and not in the directory/);
  const causes = Object.values(grpc.LeftOutCause);
  for (const cause of causes)
    assert.match(of({ $case: 'leftOut', value: { cause, messages: 1 } }), /1 message left out: ./);
  assert.match(
    of({
      $case: 'leftOut',
      value: { cause: causes[1] ?? ('LEFT_OUT_CAUSE_LOST' as grpc.LeftOutCause), messages: 0 },
    }),
    /some messages may be missing/,
  );
  assert.match(
    of({
      $case: 'refused',
      value: {
        outcome: 'unauthorized',
        reason: 'The password is wrong.',
        status: 401,
        remoteAddress: '10.0.0.9',
        protocols: 'ocpp1.6',
        secure: false,
      },
    }),
    /✗ refused: unauthorized \(401\)\. The password is wrong\. from 10\.0\.0\.9, no TLS, offers ocpp1\.6, edge edge-1$/,
  );
  assert.match(
    of({ $case: 'disconnected', value: { code: 1006, reason: '', cause: 'lost' } }),
    /○ disconnected: lost, code 1006, connection c1$/,
  );
});
