import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpResponse } from 'uWebSockets.js';
import { ManualClock } from '../../../libs/clock/mod.js';
import { silentLogger } from '../../../libs/ops/mod.js';
import { ReadControl, type ReadControlled } from './uws-read-control.js';

function world() {
  const clock = new ManualClock();
  const calls: string[] = [];
  const warnings: string[] = [];
  const logger = {
    ...silentLogger(),
    warn: (_fields: unknown, fact?: string) => warnings.push(fact ?? ''),
    child: silentLogger,
  };
  const control = new ReadControl(clock, logger);
  const response = { pause: () => calls.push('pause'), resume: () => calls.push('resume') };
  const learn = (prototype: object) => {
    control.learn(Object.create(prototype) as HttpResponse);
  };
  const socket = { ws: {}, bufferedAmount: 0, wantsPause: false, stopped: false, silentSinceResume: false };
  return { clock, calls, warnings, control, response, learn, socket: socket satisfies ReadControlled };
}

test('after a resume the timeout of uWebSockets.js is armed again until something is read', async () => {
  const { clock, calls, control, response, learn, socket } = world();
  learn(response);
  assert.equal(control.pause(socket), true);
  control.resume(socket);
  assert.deepEqual(calls, ['pause', 'resume']);
  await clock.advance(9000);
  assert.deepEqual(calls.splice(0), ['pause', 'resume', 'resume', 'resume']);
  control.heard(socket);
  await clock.advance(60_000);
  assert.deepEqual(calls, []);
  assert.equal(clock.timers, 0);
});

test('a pause waits until everything is written, and is renewed after a write was cut short', () => {
  const { calls, control, response, learn, socket } = world();
  learn(response);
  socket.bufferedAmount = 10;
  control.pause(socket);
  assert.deepEqual(calls, []);
  socket.bufferedAmount = 0;
  control.drained(socket);
  assert.deepEqual(calls.splice(0), ['pause']);
  control.drained(socket);
  assert.deepEqual(calls, []);
  control.buffered(socket);
  control.drained(socket);
  assert.deepEqual(calls.splice(0), ['pause']);
  control.resume(socket);
  control.drained(socket);
  assert.deepEqual(calls, ['resume']);
});

test('a build without the functions: told once, and pause says no', () => {
  const { warnings, control, learn, socket } = world();
  learn({});
  learn({});
  assert.equal(control.pause(socket), false);
  control.resume(socket);
  assert.equal(warnings.length, 1);
  assert.equal(warnings[0], 'uws_cannot_pause');
});
