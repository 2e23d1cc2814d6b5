import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { actionsOf, findAction, type Version } from '../../../../libs/ocpp/mod.js';
import { sampleOf } from '../../../../libs/ocpp/testing/samples.js';
import { arbitraryOf, schemaOf } from './arbitrary.fixture.js';
import { NEUTRAL_TABLE, nextStep, type Exchange, type Step } from './mod.js';
import type { Payload } from './step.js';
import { ROWS_16 } from './v16/table.js';
import type { AnyTakes } from './takes.js';

const COMMANDS = actionsOf('2.1')
  .filter(({ sender }) => sender !== 'station')
  .map(({ name }) => name);
const REQUESTS = { min: 0, max: 3 };
const ANSWERS = { min: -2, max: 5 };
const MAX_STEPS = 52;
const RUNS = { seed: 20260228, numRuns: 500 };

/** What a station may answer: results by the schema, and errors. */
function answers(version: Version, action: string): fc.Arbitrary<Exchange['outcome']> {
  const error = fc.constantFrom('NotSupported', 'NotImplemented', 'InternalError').map((code) => ({
    status: 'error' as const,
    code,
    description: 'of the station',
    details: { of: 'the station' },
  }));
  const result = arbitraryOf(schemaOf(version, action, 'response'), ANSWERS).map((payload) => ({
    status: 'result' as const,
    payload,
  }));
  return fc.oneof({ weight: 3, arbitrary: result }, { weight: 1, arbitrary: error });
}

/** Carries a command through with a station that answers as `answerTo` says. */
function carryOut(
  version: Version,
  action: string,
  request: Payload,
  answerTo: (action: string) => Exchange['outcome'],
): { readonly step: Exclude<Step, { call: unknown }>; readonly done: readonly Exchange[] } {
  const done: Exchange[] = [];
  for (;;) {
    const step = nextStep(version, action, request, done);
    assert.deepEqual(nextStep(version, action, request, done), step, 'the same again');
    if (!('call' in step)) return { step, done };
    assert.ok(done.length < MAX_STEPS, 'it comes to an end');
    const { call } = step;
    const spec = findAction(version, call.action);
    assert.notEqual(spec?.sender, 'station');
    assert.equal(spec?.checkRequest(call.payload)?.message, undefined, `${call.action} of ${version}`);
    assert.deepEqual(JSON.parse(JSON.stringify(call.payload)), call.payload, 'it survives JSON');
    done.push({ ...call, outcome: answerTo(call.action) });
  }
}

function checkEnd(action: string, { step, done }: ReturnType<typeof carryOut>): void {
  if ('unsupported' in step) {
    assert.match(step.unsupported, /^\w+ cannot be put in OCPP \S+: .*\/\S/);
    return;
  }
  const { outcome } = step;
  if (outcome.status === 'result') {
    assert.equal(findAction('2.1', action)?.checkResponse?.(outcome.payload)?.message, undefined, action);
    return;
  }
  assert.equal(outcome.status, 'error');
  assert.ok(
    done.some((exchange) => exchange.outcome === outcome),
    `the station's own error: ${JSON.stringify(outcome)}`,
  );
}

/** Every request of 2.1 whose members `takes` lists, with every answer of the station. Gives how many were sent. */
function explore(version: Version, action: string, takes?: AnyTakes): number {
  let sent = 0;
  const requests = arbitraryOf(schemaOf('2.1', action, 'request'), REQUESTS, takes) as fc.Arbitrary<Payload>;
  fc.assert(
    fc.property(requests, fc.gen(), (request, gen) => {
      assert.equal(findAction('2.1', action)?.checkRequest(request)?.message, undefined, 'of 2.1');
      const end = carryOut(version, action, request, (name) => gen(answers, version, name));
      checkEnd(action, end);
      if (end.done.length > 0) sent++;
    }),
    RUNS,
  );
  return sent;
}

test('every command of 2.1 has a row for 1.6 and for 2.0.1: translated, or unsupported with words', () => {
  assert.deepEqual(
    NEUTRAL_TABLE.map(({ action }) => action),
    [...COMMANDS].sort(),
  );
  for (const row of NEUTRAL_TABLE) {
    for (const version of ['1.6', '2.0.1'] as const) {
      const translation = row[version];
      if ('unsupported' in translation) {
        assert.match(translation.unsupported, /\w+ \w+ \w+/, row.action);
        const step = nextStep(version, row.action, {}, []);
        assert.deepEqual(step, {
          unsupported: `OCPP ${version} has no ${row.action}: ${translation.unsupported}`,
        });
        continue;
      }
      assert.ok(translation.becomes.length > 0);
      for (const name of translation.becomes) assert.notEqual(findAction(version, name)?.sender, 'station');
      for (const note of translation.notes) assert.match(note, /\.$/, `${row.action}: a sentence`);
    }
  }
});

test('what is no command of 2.1 is told so', () => {
  for (const action of ['RemoteStartTransaction', 'BootNotification', 'constructor', '']) {
    for (const version of ['1.6', '2.0.1', '2.1'] as const) {
      assert.deepEqual(nextStep(version, action, {}, []), {
        unsupported: `OCPP 2.1 has no command '${action}'`,
      });
    }
  }
});

/** Members with which a request has a good chance to be sent, where those that are taken give it none. */
const NAMES = { component: { name: true }, variable: { name: true } } as const;
const MOSTLY_FINE: Readonly<Record<string, AnyTakes>> = {
  GetVariables: { getVariableData: NAMES },
  SetVariables: { setVariableData: { ...NAMES, attributeValue: true } },
  TriggerMessage: { requestedMessage: true },
};

for (const [action, { takes }] of ROWS_16) {
  test(`1.6 ${action}: calls are valid, it ends, results are 2.1's, errors are the station's`, () => {
    explore('1.6', action, takes);
    assert.ok(explore('1.6', action, MOSTLY_FINE[action] ?? takes) > 4, 'some were sent');
  });

  test(`1.6 ${action}: whatever else of 2.1 is asked for is sent, or refused by its name`, () => {
    explore('1.6', action);
    for (const members of ['all', 'required'] as const) {
      const request = sampleOf(schemaOf('2.1', action, 'request'), members) as Payload;
      checkEnd(
        action,
        carryOut('1.6', action, request, (name) => anyResult('1.6', name)),
      );
    }
    const extended = { customData: { vendorId: 'com.example' } };
    const step = nextStep('1.6', action, extended, []);
    const words = `${action} cannot be put in OCPP 1.6: /customData: has no place there; leave it out`;
    assert.deepEqual(step, { unsupported: words });
  });
}

const anyResult = (version: Version, action: string): Exchange['outcome'] => ({
  status: 'result',
  payload: sampleOf(schemaOf(version, action, 'response'), 'all'),
});

const SHARED = COMMANDS.filter((name) => findAction('2.0.1', name) !== undefined);

for (const action of SHARED) {
  test(`2.0.1 ${action}: calls are valid, what has no place is named, answers are 2.1's`, () => {
    let same = 0;
    const requests = arbitraryOf(schemaOf('2.0.1', action, 'request'), REQUESTS) as fc.Arbitrary<Payload>;
    fc.assert(
      fc.property(requests, fc.gen(), (request, gen) => {
        if (findAction('2.1', action)?.checkRequest(request) !== undefined) return;
        same++;
        const end = carryOut('2.0.1', action, request, (name) => gen(answers201, name));
        checkEnd(action, end);
        assert.deepEqual(end.done[0]?.payload, request);
      }),
      RUNS,
    );
    assert.ok(same > 0, 'some fit both');
    const all = arbitraryOf(schemaOf('2.1', action, 'request'), REQUESTS) as fc.Arbitrary<Payload>;
    fc.assert(
      fc.property(all, (request) => {
        checkEnd(
          action,
          carryOut('2.0.1', action, request, (name) => anyResult('2.0.1', name)),
        );
      }),
      RUNS,
    );
  });

  test(`2.1 ${action}: itself, and the station's answer as it is`, () => {
    const request = sampleOf(schemaOf('2.1', action, 'request'), 'all') as Payload;
    assert.deepEqual(nextStep('2.1', action, request, []), { call: { action, payload: request } });
    const outcome = anyResult('2.1', action);
    assert.deepEqual(nextStep('2.1', action, request, [{ action, payload: request, outcome }]), { outcome });
  });
}

/** 2.0.1 stations whose numbers 2.1 has a place for. */
const answers201 = (action: string): fc.Arbitrary<Exchange['outcome']> =>
  arbitraryOf(schemaOf('2.0.1', action, 'response'), { min: 0, max: 3 }).map((payload) => ({
    status: 'result',
    payload,
  }));
