import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { Metadata, ServerError, Status } from 'nice-grpc-common';
import type { CommandOutcome, CommandSnapshot } from '../../../libs/api/mod.js';
import { DispatchError } from '../../../libs/dispatch/mod.js';
import { endRotation } from '../../../libs/provisioning/mod.js';
import { hashPassword, verifyPassword, type StationRecord } from '../../../libs/store/mod.js';
import { until } from '../../../test/client/until.js';
import type { DurableCommand } from '../commands/mod.js';
import { snapshotOf, startStations } from './rig.fixture.js';
import { fails } from '../failing.fixture.js';

const OLD = 'sixteen-chars-00';
const NEW = 'another-password-1';
const stationId = 'CP1';
const text = (value: string = NEW) => ({ password: { $case: 'text', value } as const });
const generate = { password: { $case: 'generate', value: true } as const };

/** With a station CP1 whose password is OLD. */
async function start(t: TestContext, more: Partial<StationRecord> = {}) {
  const rig = await startStations(t);
  const before: StationRecord = { stationId, credentials: [hashPassword(Buffer.from(OLD))], ...more };
  await rig.directory.put(before);
  const record = async (): Promise<StationRecord> => {
    const found = await rig.directory.get(stationId);
    assert.ok(found);
    return found;
  };
  /** Which of the record's passwords this is, counted from 0; -1: none. */
  const place = async (password: string | Buffer): Promise<number> =>
    (await record()).credentials.findIndex((each) => verifyPassword(Buffer.from(password), each));
  return { ...rig, before, record, place };
}

const ended = (outcome: CommandOutcome) => (command: DurableCommand) =>
  Promise.resolve(snapshotOf(command, { state: 'ended', outcome }));

const answered = (attributeStatus: string): CommandOutcome => {
  const [component, variable] = [{ name: 'SecurityCtrlr' }, { name: 'BasicAuthPassword' }];
  return { status: 'result', payload: { setVariableResult: [{ attributeStatus, component, variable }] } };
};

const declined = (code: string): CommandOutcome => ({ status: 'error', code, description: '', details: {} });

describe('setting a password', () => {
  test('replaces all of them, and ends the connections that came in with another', async (t) => {
    const { client, place, record, shutOut, logged } = await start(t, {
      quirks: ['no_pong'],
      disabled: true,
    });
    assert.deepEqual(await client.setPassword({ stationId, password: text() }), { generatedPassword: '' });
    assert.deepEqual([await place(NEW), await place(OLD)], [0, -1]);
    assert.deepEqual([(await record()).quirks, (await record()).disabled], [['no_pong'], true]);
    await until('told', () => shutOut.length === 1);
    const { generatedPassword } = await client.setPassword({ stationId, password: generate });
    assert.deepEqual([await place(generatedPassword), await place(NEW)], [0, -1]);
    await client.setPassword({ stationId, withoutPassword: true });
    assert.deepEqual((await record()).credentials, []);
    assert.ok(![NEW, generatedPassword].some((secret) => logged.join().includes(secret)));
  });

  test('ends a rotation: what waits to be written to the station is taken back', async (t) => {
    const { client, record, worker, asked, place } = await start(t);
    await client.rotatePassword({ stationId, password: text() });
    const waiting = { action: 'SetVariables', takenAt: 1, state: 'queued' } as const;
    const commands: CommandSnapshot[] = [
      { ...waiting, commandId: 'k1', supersedeKey: 'password' },
      { ...waiting, commandId: 'k2', supersedeKey: 'profile' },
      { ...waiting, commandId: 'k3', supersedeKey: 'password', state: 'sent' },
      { ...waiting, commandId: 'k4' },
    ];
    worker.answer = async (message) => (message.kind === 'query' ? { commands } : null);
    await client.setPassword({ stationId, password: text('a-third-password-0') });
    assert.deepEqual((await record()).rotating, undefined);
    assert.equal(await place('a-third-password-0'), 0);
    assert.deepEqual(
      asked.map(({ message }) => message),
      [
        { kind: 'query', about: 'station' },
        { kind: 'cancel', commandId: 'k1' },
      ],
    );
  });

  test('is done also when the station has no worker at this moment', async (t) => {
    const { client, worker, place, logged } = await start(t, { rotating: true });
    worker.answer = () => Promise.reject(new DispatchError('unserved', 'nobody serves the station'));
    await client.setPassword({ stationId, password: text() });
    assert.equal(await place(NEW), 0);
    assert.match(logged.join(), /password_commands_not_taken_back/);
  });

  test('of an unknown station: NOT_FOUND; without one: INVALID_ARGUMENT', async (t) => {
    const { client, record, before } = await start(t);
    await fails(client.setPassword({ stationId: 'other', password: text() }), Status.NOT_FOUND);
    await fails(client.setPassword({ stationId }), Status.INVALID_ARGUMENT, /password is missing/);
    await fails(
      client.setPassword({ stationId, password: text('short') }),
      Status.INVALID_ARGUMENT,
      /has 5$/,
    );
    assert.deepEqual(await record(), before);
  });
});

describe('rotating a password', () => {
  test('adds the new one in front; nobody is disconnected, nothing is sent', async (t) => {
    const { client, record, place, shutOut, enqueued, bus } = await start(t);
    const { generatedPassword, rotating, command } = await client.rotatePassword({
      stationId,
      password: generate,
    });
    assert.match(generatedPassword, /^[A-Za-z0-9]{20}$/);
    assert.deepEqual([rotating, command, enqueued], [true, undefined, []]);
    assert.deepEqual([await place(generatedPassword), await place(OLD)], [0, 1]);
    assert.equal((await record()).rotating, true);
    assert.equal((await client.getStation({ stationId })).station?.rotating, true);
    await bus.flush();
    assert.deepEqual(shutOut, []);
  });

  test('again and again keeps those that the station may have, up to four', async (t) => {
    const { client, record } = await start(t);
    for (const password of ['a', 'b', 'c'].map((c) => text(c.repeat(16)))) {
      await client.rotatePassword({ stationId, password });
    }
    const full = await record();
    assert.equal(full.credentials.length, 4);
    const more = client.rotatePassword({ stationId, password: generate });
    await fails(more, Status.FAILED_PRECONDITION, /^4 passwords .* SetPassword/);
    assert.deepEqual(await record(), full);
  });

  test('is refused for a station without a password, an unknown one, and a password that is valid', async (t) => {
    const { client, directory } = await start(t);
    await directory.put({ stationId: 'open', credentials: [] });
    const rotate = (id: string, password: typeof generate | ReturnType<typeof text>) =>
      client.rotatePassword({ stationId: id, password });
    await fails(rotate('open', generate), Status.FAILED_PRECONDITION, /give it one with SetPassword/);
    await fails(rotate('other', generate), Status.NOT_FOUND);
    await fails(rotate(stationId, text(OLD)), Status.INVALID_ARGUMENT, /valid already/);
    await fails(
      client.rotatePassword({ stationId }),
      Status.INVALID_ARGUMENT,
      /one of text, raw and generate/,
    );
  });

  test('two at once: both are valid', async (t) => {
    const { client, place, record } = await start(t);
    await Promise.all([
      client.rotatePassword({ stationId, password: text() }),
      client.rotatePassword({ stationId, password: text('a-third-password-0') }),
    ]);
    assert.equal((await record()).credentials.length, 3);
    assert.deepEqual(
      [await place(OLD), [await place(NEW), await place('a-third-password-0')].sort((a, b) => a - b)],
      [2, [0, 1]],
    );
  });
});

describe('writing the new password to the station', () => {
  const rotate = { stationId, password: text(), writeToStation: true };

  test('is a durable command in neutral terms that supersedes an earlier one', async (t) => {
    const { client, enqueued, worker, place, logged } = await start(t);
    worker.take = async (command) => {
      // The station may come with it from now on.
      assert.equal(await place(NEW), 0);
      return ended(answered('Accepted'))(command);
    };
    const { rotating, command, generatedPassword } = await client.rotatePassword(rotate);
    assert.deepEqual([rotating, generatedPassword, command?.state], [true, '', 'COMMAND_STATE_ENDED']);
    assert.match(command?.outcome?.payload ?? '', /"Accepted"/);
    assert.deepEqual(
      enqueued.map(({ commandId: _, ...rest }) => rest),
      [
        {
          stationId,
          action: 'SetVariables',
          terms: 'neutral',
          payload: {
            setVariableData: [
              {
                component: { name: 'SecurityCtrlr' },
                variable: { name: 'BasicAuthPassword' },
                attributeValue: NEW,
              },
            ],
          },
          ttlMs: 30 * 24 * 3_600_000,
          supersedeKey: 'password',
        },
      ],
    );
    assert.match(enqueued[0]?.commandId ?? '', /^[A-Za-z0-9_-]{1,36}$/);
    assert.deepEqual([await place(NEW), await place(OLD)], [0, 1]);
    assert.ok(!logged.join().includes(NEW));
  });

  test('raw bytes go to a 1.6 station as hex digits (1.6J 6.2.2)', async (t) => {
    const { client, enqueued, worker } = await start(t);
    worker.take = ended({ status: 'result', payload: { status: 'Accepted' } });
    const value = Buffer.from('ff00112233445566778899aabbccddee', 'hex');
    const password = { password: { $case: 'raw', value } as const };
    assert.equal((await client.rotatePassword({ ...rotate, password })).rotating, true);
    const [{ terms, action, payload } = {}] = enqueued;
    assert.deepEqual([terms, action], ['1.6', 'ChangeConfiguration']);
    assert.deepEqual(payload, { key: 'AuthorizationKey', value: value.toString('hex') });
  });

  test('is waited for until the station answers', async (t) => {
    const { client, worker, asked } = await start(t);
    let looks = 0;
    worker.take = async (command) => {
      worker.answer = async () => {
        if (++looks === 1) throw new DispatchError('unserved', 'nobody serves the station');
        return snapshotOf(
          command,
          looks === 2 ? { state: 'sent' } : { state: 'ended', outcome: answered('Accepted') },
        );
      };
      return snapshotOf(command);
    };
    const { command } = await client.rotatePassword(rotate);
    assert.deepEqual([command?.outcome?.status, looks], ['OUTCOME_STATUS_RESULT', 3]);
    assert.ok(asked.every(({ message }) => message.kind === 'query' && message.about === 'command'));
  });

  test('while the station is offline it waits, and the call ends in time with both passwords valid', async (t) => {
    const { client, worker, place } = await start(t);
    worker.take = (command) => {
      worker.answer = async () => snapshotOf(command);
      return Promise.resolve(snapshotOf(command));
    };
    const began = performance.now();
    const metadata = Metadata({ 'grpc-timeout': '1200m' });
    const { rotating, command } = await client.rotatePassword(rotate, { metadata });
    assert.deepEqual([rotating, command?.state, command?.outcome], [true, 'COMMAND_STATE_QUEUED', undefined]);
    assert.ok(performance.now() - began < 1200);
    assert.deepEqual([await place(NEW), await place(OLD)], [0, 1]);
  });

  for (const outcome of [
    answered('Rejected'),
    answered('UnknownVariable'),
    declined('NotSupported'),
    declined('NotImplemented'),
    { status: 'refused', reason: 'invalid', description: 'not in 1.6' },
  ] as const satisfies CommandOutcome[]) {
    test(`${JSON.stringify(outcome)}: the old one alone is valid again`, async (t) => {
      const { client, worker, record, before } = await start(t);
      worker.take = ended(outcome);
      const { rotating, command } = await client.rotatePassword(rotate);
      assert.deepEqual([rotating, command?.state], [false, 'COMMAND_STATE_ENDED']);
      assert.deepEqual(await record(), before);
    });
  }

  for (const outcome of [
    answered('RebootRequired'),
    declined('InternalError'),
    declined('FormatViolation'),
    { status: 'timeout', description: '' },
    { status: 'offline', description: '' },
    { status: 'superseded', description: '' },
    { status: 'expired', description: '' },
    { status: 'cancelled', description: '' },
  ] as const satisfies CommandOutcome[]) {
    test(`${JSON.stringify(outcome)}: the station may have it, both stay valid`, async (t) => {
      const { client, worker, place, record } = await start(t);
      worker.take = ended(outcome);
      assert.equal((await client.rotatePassword(rotate)).rotating, true);
      assert.deepEqual([await place(NEW), await place(OLD), (await record()).rotating], [0, 1, true]);
    });
  }

  test('a result whose payload is not told: both stay valid', async (t) => {
    const { client, worker, place } = await start(t);
    worker.take = async (command) => snapshotOf(command, { state: 'ended', outcome: { status: 'result' } });
    assert.equal((await client.rotatePassword(rotate)).rotating, true);
    assert.equal(await place(NEW), 0);
  });

  test('a command that is refused: the error is told, and the old password alone is valid', async (t) => {
    const { client, worker, record, before } = await start(t);
    for (const code of [Status.INVALID_ARGUMENT, Status.FAILED_PRECONDITION, Status.RESOURCE_EXHAUSTED]) {
      worker.take = () => Promise.reject(new ServerError(code, 'must have 16 to 20 bytes'));
      await fails(client.rotatePassword(rotate), code, /16 to 20 bytes/);
      assert.deepEqual(await record(), before);
    }
  });

  test('a command that may have been taken: UNAVAILABLE, and both stay valid', async (t) => {
    const { client, worker, place } = await start(t);
    worker.take = () => Promise.reject(new ServerError(Status.UNAVAILABLE, 'it is not known'));
    await fails(client.rotatePassword(rotate), Status.UNAVAILABLE);
    assert.deepEqual([await place(NEW), await place(OLD)], [0, 1]);
  });

  test('rejected, though it was used meanwhile: it stays, nobody is locked out', async (t) => {
    const { client, worker, directory, record, place } = await start(t);
    worker.take = async (command) => {
      await directory.put(endRotation(await record()));
      return ended(answered('Rejected'))(command);
    };
    assert.equal((await client.rotatePassword(rotate)).rotating, true);
    assert.deepEqual([await place(NEW), (await record()).credentials.length], [0, 1]);
  });

  test('rejected during another rotation: that one goes on as it was', async (t) => {
    const { client, worker, record } = await start(t);
    await client.rotatePassword({ stationId, password: text('a-third-password-0') });
    const first = await record();
    worker.take = ended(answered('Rejected'));
    assert.equal((await client.rotatePassword(rotate)).rotating, false);
    assert.deepEqual(await record(), first);
    worker.take = async (command) => {
      await client.rotatePassword({ stationId, password: text('a-fourth-password-') });
      return ended(answered('Rejected'))(command);
    };
    assert.equal((await client.rotatePassword(rotate)).rotating, false);
    const { credentials, rotating } = await record();
    assert.deepEqual([credentials.length, credentials.slice(1), rotating], [3, first.credentials, true]);
  });

  test('rejected, of a station that is removed meanwhile: nothing is left', async (t) => {
    const { client, worker, directory } = await start(t);
    worker.take = async (command) => {
      await directory.remove(stationId);
      return ended(answered('Rejected'))(command);
    };
    assert.equal((await client.rotatePassword(rotate)).rotating, false);
    assert.equal(await directory.get(stationId), undefined);
  });
});
