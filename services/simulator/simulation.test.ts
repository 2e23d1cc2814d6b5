import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { systemClock } from '../../libs/clock/mod.js';
import { readOptions, StartError } from '../../libs/ops/mod.js';
import { CentralSystem, until } from '../../libs/station/testing/central-system.js';
import { SIMULATOR_OPTIONS } from './options.js';
import { progressLine, showProgress } from './progress.js';
import { Simulation } from './simulation.js';
import { renderSummary } from './summary.js';

let central: CentralSystem;
before(async () => {
  central = await CentralSystem.start();
});
afterEach(async () => {
  const { breaches } = central;
  await central.close();
  central = await CentralSystem.start();
  assert.deepEqual(breaches, []);
});
after(() => central.close());

/** A simulation against the test's central system, with sessions of some milliseconds. */
function simulate(...flags: string[]) {
  const argv = [
    '--url',
    central.url,
    '--ramp',
    '0',
    '--session-length',
    '40ms',
    '--meter-interval',
    '10ms',
    ...flags,
  ];
  const config = readOptions(SIMULATOR_OPTIONS, { argv, env: {} });
  return { config, simulation: new Simulation(config, { clock: systemClock(), seed: 1 }) };
}

test('charge: every station of every version completes its sessions', async () => {
  const { simulation } = simulate('--stations', '4', '--sessions', '2');
  const summary = await simulation.run();
  assert.equal(summary.ok, true);
  assert.deepEqual(summary.stations.booted, 12);
  assert.deepEqual(summary.sessions, {
    asked: 24,
    complete: 24,
    byVersion: { '1.6': 8, '2.0.1': 8, '2.1': 8 },
  });
  assert.deepEqual(summary.problems, []);
  assert.equal(summary.calls.sent, summary.calls.answered);
  assert.ok(summary.roundTripMs.p50 > 0 && summary.roundTripMs.p50 <= summary.roundTripMs.p99);
  assert.ok(central.received.some(({ stationId }) => stationId === 'SIM201-0004'));
  assert.match(renderSummary(summary), /sessions {8}24 of 24 complete \(1\.6: 8, 2\.0\.1: 8, 2\.1: 8\)/);
});

test('storm: everybody boots and leaves', async () => {
  const { simulation } = simulate('--scenario', 'storm', '--stations', '20', '--version', 'ocpp1.6');
  const summary = await simulation.run();
  assert.deepEqual([summary.ok, summary.stations.booted, summary.sessions.asked], [true, 20, 0]);
  assert.equal(typeof summary.stations.allBootedAfterMs, 'number');
});

test('idle: stays until it is interrupted, which is a good end', async () => {
  const { simulation } = simulate('--scenario', 'idle', '--stations', '2');
  const summary = simulation.run();
  await until(() => simulation.statistics.booted === 6, 'all have booted');
  assert.equal(central.connected.length, 6);
  simulation.interrupt();
  assert.equal((await summary).ok, true);
  assert.equal((await summary).interrupted, true);
});

test('idle: ends by itself after --duration', async () => {
  const { simulation } = simulate('--scenario', 'idle', '--stations', '1', '--duration', '300ms');
  assert.equal((await simulation.run()).stations.booted, 3);
});

test('commands: are answered and counted; a remotely started session ends by itself', async () => {
  const { simulation } = simulate('--scenario', 'commands', '--stations', '1', '--version', 'ocpp1.6');
  const summary = simulation.run();
  await until(() => simulation.statistics.booted === 1, 'booted');
  await central.command('SIM16-0001', 'RemoteStartTransaction', { idTag: 'REMOTE' });
  await until(() => central.of('SIM16-0001', 'StopTransaction').length === 1, 'the end of the session');
  simulation.interrupt();
  assert.deepEqual((await summary).commands, { RemoteStartTransaction: 1 });
});

test('charge, interrupted: stations leave, the summary says how far they came, and it is not ok', async () => {
  const { simulation } = simulate('--stations', '2', '--session-length', '1h', '--version', 'ocpp2.1');
  const summary = simulation.run();
  await until(() => simulation.statistics.charging === 2, 'all charge');
  simulation.interrupt();
  const { ok, interrupted, sessions } = await summary;
  assert.deepEqual([ok, interrupted, sessions.complete, sessions.asked], [false, true, 0, 2]);
});

test('a gateway that restarts is found again, and the sessions are completed', async () => {
  const { simulation } = simulate('--stations', '3', '--session-length', '300ms', '--version', 'ocpp2.0.1');
  const summary = simulation.run();
  await until(() => simulation.statistics.charging === 3, 'all charge');
  await central.close();
  await central.open();
  const { ok, reconnections, stations } = await summary;
  assert.deepEqual([ok, reconnections, stations.booted], [true, 3, 3]);
  assert.equal(central.received.filter(({ action }) => action === 'BootNotification').length, 3);
});

test('nobody listens: the run ends at once and says what to do', async () => {
  const { simulation } = simulate('--stations', '50');
  await central.close();
  await assert.rejects(simulation.run(), (error) => {
    assert.ok(error instanceof StartError);
    assert.match(error.message, /ECONNREFUSED.*npm start/);
    return true;
  });
});

for (const [status, advice] of [
  [401, /--password/],
  [404, /does not know these stations/],
] as const) {
  test(`a ${status} is final: counted by kind, with what to do about it`, async () => {
    central.refuseWith = { status };
    const { simulation } = simulate('--stations', '2', '--version', 'ocpp1.6');
    const summary = await simulation.run();
    assert.equal(summary.ok, false);
    assert.equal(summary.problems.length, 1);
    assert.deepEqual(
      [summary.problems[0]?.kind, summary.problems[0]?.count],
      [`refused with status ${status}`, 2],
    );
    assert.match(summary.problems[0]?.first ?? '', advice);
  });
}

test('sessions that the gateway refuses are problems, grouped by kind', async () => {
  central.answer = ({ action }) =>
    action === 'Authorize' ? { idTagInfo: { status: 'Invalid' } } : undefined;
  const { simulation } = simulate('--stations', '3', '--version', 'ocpp1.6');
  const summary = await simulation.run();
  assert.equal(summary.ok, false);
  assert.deepEqual(
    summary.problems.map(({ kind, count }) => [kind, count]),
    [['session refused', 3]],
  );
  assert.match(
    renderSummary(summary),
    /3 × session refused; first: SIM16-000\d: the token was answered by Invalid/,
  );
});

test('answers against the schema are counted and make the run fail', async () => {
  central.answer = ({ action }) => (action === 'StatusNotification' ? { status: 'fine' } : undefined);
  const { simulation } = simulate('--stations', '1', '--version', 'ocpp2.1');
  const summary = await simulation.run();
  assert.equal(summary.sessions.complete, 1);
  assert.equal(summary.ok, false);
  assert.ok(summary.calls.invalid > 0);
  assert.equal(central.refusedAnswers.length, summary.calls.invalid);
  assert.equal(summary.problems[0]?.kind, 'StatusNotification answered against the schema');
});

test('passwords: one for all, or one for each', async () => {
  await simulate('--stations', '1', '--version', 'ocpp1.6', '--password', 'secret').simulation.run();
  await simulate('--stations', '1', '--version', 'ocpp1.6', '--password-prefix', 'pw-').simulation.run();
  const passwords = central.handshakes.map(({ authorization }) =>
    Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString(),
  );
  assert.deepEqual(passwords, ['SIM16-0001:secret', 'SIM16-0001:pw-SIM16-0001']);
});

test('progress: a line that is drawn over on a terminal, and taken away at the end', async () => {
  const { simulation, config } = simulate('--stations', '1', '--session-length', '500ms');
  const written: string[] = [];
  const screen = { isTTY: true, columns: 60, write: (text: string) => written.push(text) };
  const hide = showProgress(simulation, config, screen);
  await simulation.run();
  hide();
  assert.ok(written.length > 1);
  assert.ok(written.every((text) => text.startsWith('\r\x1b[K') && text.length < 64));
  assert.equal(written.at(-1), '\r\x1b[K');
  assert.match(
    progressLine(simulation, config, 12),
    /^\d+ s · 0 online · 3\/3 booted · 0 charging · sessions 3\/3 · /,
  );
});
