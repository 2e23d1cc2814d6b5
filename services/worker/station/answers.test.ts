import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { actionsOf, VERSIONS, type Version } from '../../../libs/ocpp/mod.js';
import { DECISION_ACTIONS, type DecisionAction } from './config.js';
import { sampleOfAction } from './samples.fixture.js';
import { configWith, TestStation, type Answer } from './station.fixture.js';

/** CONFORMANCE 4: every action of a station, its answer by default, and that no action is missing. */

const TIME = '2026-11-21T10:00:00.000Z';

type ExpectedOf = (version: Version, request: Record<string, unknown>) => object;

const EXPECTED: Readonly<Record<string, ExpectedOf>> = {
  Heartbeat: () => ({ currentTime: TIME }),
  BootNotification: () => ({ status: 'Accepted', currentTime: TIME, interval: 300 }),
  Authorize: (version, { certificate, iso15118CertificateHashData }) => {
    if (version === '1.6') return { idTagInfo: { status: 'Invalid' } };
    return certificate === undefined && iso15118CertificateHashData === undefined
      ? { idTokenInfo: { status: 'Unknown' } }
      : { idTokenInfo: { status: 'Invalid' }, certificateStatus: 'CertChainError' };
  },
  StartTransaction: () => ({ transactionId: 100, idTagInfo: { status: 'Invalid' } }),
  StopTransaction: () => ({}),
  TransactionEvent: (_version, { idToken }) =>
    idToken === undefined ? {} : { idTokenInfo: { status: 'Unknown' } },
  DataTransfer: () => ({ status: 'UnknownVendorId' }),
  SignCertificate: () => ({ status: 'Rejected' }),
  Get15118EVCertificate: () => ({ status: 'Failed', exiResponse: '' }),
  GetCertificateStatus: () => ({ status: 'Failed' }),
  GetCertificateChainStatus: (_version, { certificateStatusRequests }) => ({
    certificateStatus: (certificateStatusRequests as { certificateHashData: object; source: string }[]).map(
      ({ certificateHashData, source }) => ({
        certificateHashData,
        source,
        status: 'Failed',
        nextUpdate: TIME,
      }),
    ),
  }),
  NotifyEVChargingNeeds: () => ({ status: 'Rejected' }),
  NotifyEVChargingSchedule: () => ({ status: 'Accepted' }),
  OpenPeriodicEventStream: () => ({ status: 'Rejected' }),
  PullDynamicScheduleUpdate: () => ({ status: 'Rejected' }),
  VatNumberValidation: (_version, { vatNumber, evseId }) => ({
    status: 'Rejected',
    vatNumber,
    ...(evseId !== undefined && { evseId }),
  }),
};

const DECISIONS: ReadonlySet<string> = new Set(DECISION_ACTIONS);

function expected(version: Version, action: string, request: unknown): object {
  return EXPECTED[action]?.(version, request as Record<string, unknown>) ?? {};
}

function connected(version: Version, asks: readonly DecisionAction[] = []): TestStation {
  const station = new TestStation(version, configWith(asks));
  station.connect();
  return station;
}

for (const version of VERSIONS) {
  describe(`answers to a ${version} station`, () => {
    for (const { name, sender, kind } of actionsOf(version)) {
      if (sender === 'csms') continue;
      for (const members of ['required', 'all'] as const) {
        test(`${name} with ${members} members`, () => {
          const station = connected(version);
          const request = sampleOfAction(version, name, members);
          const answer = station.callAny(name, request);
          if (kind === 'send') assert.equal(answer, undefined, 'a SEND is not answered');
          else assert.deepEqual(station.payload, expected(version, name, request));
          assert.equal(station.committed, name !== 'Heartbeat', 'a fact is durable before it is answered');
          assert.equal(station.lastEvents.length > 0, name !== 'Heartbeat', 'and told');
        });
      }
    }

    test("the gateway's own actions are not served", () => {
      const station = connected(version);
      for (const { name, sender } of actionsOf(version)) {
        if (sender !== 'csms') continue;
        const answer = station.callAny(name, sampleOfAction(version, name)) as Answer & { code: string };
        assert.equal(answer.code, 'NotSupported', name);
        assert.ok(!station.committed);
      }
    });
  });

  describe(`decisions about a ${version} station`, () => {
    for (const { name, sender } of actionsOf(version)) {
      if (sender === 'csms' || !DECISIONS.has(name)) continue;
      const action = name as DecisionAction;

      test(`${name} is asked, and waits`, () => {
        const station = connected(version, [action]);
        const request = sampleOfAction(version, name, 'all');
        assert.equal(station.callAny(name, request), undefined);
        assert.ok(!station.committed, 'nothing has happened yet');
        const [effect] = station.last;
        assert.ok(effect?.type === 'ask');
        assert.equal(effect.action, name);
        const { question } = effect;
        assert.equal(question.askId, effect.askId);
        assert.deepEqual([question.stationId, question.version, question.action], ['ST-1', version, name]);
        assert.deepEqual(question.payload, request);
      });

      test(`${name}: nobody decides: the default, counted`, () => {
        const station = connected(version, [action]);
        const request = sampleOfAction(version, name, 'all');
        station.callAny(name, request);
        station.decide(undefined);
        assert.deepEqual(station.payload, expected(version, name, request));
        assert.ok(station.counts.includes('decision_defaulted'));
        assert.ok(station.committed);
      });

      test(`${name}: nobody even answers: the default when the time is up`, () => {
        const station = connected(version, [action]);
        const request = sampleOfAction(version, name, 'all');
        station.callAny(name, request);
        const askId = station.state.asks[0]?.askId ?? '';
        station.pass(6_000);
        const answer = expected(version, name, request);
        assert.deepEqual({ ...station.payload, ...timesOf(answer) }, answer);
        assert.equal(station.state.asks.length, 0);
        station.tell({ type: 'decided', askId, answer: { status: 'Accepted' } });
        assert.deepEqual(station.counts, ['late_decision']);
        assert.equal(station.answer, undefined, 'answered once');
      });

      for (const bad of [null, 7, 'Accepted', [], { status: 'Perhaps' }, { idTagInfo: 5 }, { more: true }]) {
        test(`${name}: ${JSON.stringify(bad)} is no decision: the default, counted`, () => {
          const station = connected(version, [action]);
          const request = sampleOfAction(version, name, 'all');
          station.callAny(name, request);
          station.decide(bad);
          assert.deepEqual(station.payload, expected(version, name, request));
          assert.ok(station.counts.includes('decision_invalid'));
        });
      }
    }
  });
}

/** Times in an answer move with the clock. */
function timesOf(answer: object): object {
  return {
    ...('currentTime' in answer && { currentTime: TIME }),
    ...('certificateStatus' in answer &&
      Array.isArray(answer.certificateStatus) && { certificateStatus: answer.certificateStatus as unknown }),
  };
}

describe('decided answers', () => {
  test('1.6 Authorize passes parentIdTag and expiryDate on', () => {
    const station = connected('1.6', ['Authorize']);
    station.call('1.6', 'Authorize', { idTag: 'A' });
    const idTagInfo = {
      status: 'Accepted',
      parentIdTag: 'P',
      expiryDate: '2027-01-01T00:00:00.000Z',
    } as const;
    station.decide({ idTagInfo });
    assert.deepEqual(station.payload, { idTagInfo });
    const { data } = station.lastEvent('token.authorized');
    assert.deepEqual(data.idTokenInfo, {
      status: 'Accepted',
      groupIdToken: { idToken: 'P' },
      cacheExpiryDateTime: '2027-01-01T00:00:00.000Z',
    });
  });

  test("a decision in 2.1's terms is put into 1.6's", () => {
    const cases = [
      ['Accepted', 'Accepted'],
      ['Blocked', 'Blocked'],
      ['Expired', 'Expired'],
      ['ConcurrentTx', 'ConcurrentTx'],
      ['Unknown', 'Invalid'],
      ['NoCredit', 'Invalid'],
      ['NotAtThisTime', 'Invalid'],
    ];
    for (const [given, expectedStatus] of cases) {
      const station = connected('1.6', ['Authorize']);
      station.call('1.6', 'Authorize', { idTag: 'A' });
      station.decide({
        idTokenInfo: { status: given, groupIdToken: { idToken: 'P', type: 'Central' } },
      });
      assert.deepEqual(station.payload, { idTagInfo: { status: expectedStatus, parentIdTag: 'P' } });
    }
  });

  test('1.6 StartTransaction gets its id, whatever the decision says', () => {
    for (const answer of [
      { idTagInfo: { status: 'Blocked' } },
      { idTokenInfo: { status: 'Blocked' } },
      { transactionId: 7, idTagInfo: { status: 'Blocked' } },
    ]) {
      const station = connected('1.6', ['StartTransaction']);
      station.call('1.6', 'StartTransaction', {
        connectorId: 1,
        idTag: 'A',
        meterStart: 0,
        timestamp: '2026-11-21T10:00:00Z',
      });
      station.decide(answer);
      assert.deepEqual(station.payload, { transactionId: 100, idTagInfo: { status: 'Blocked' } });
    }
  });

  test('a StopTransaction without a token needs no decision (1.6 4.10)', () => {
    const station = connected('1.6', ['StopTransaction']);
    station.call('1.6', 'StopTransaction', {
      transactionId: 5,
      meterStop: 9,
      timestamp: '2026-11-21T10:00:00Z',
    });
    assert.deepEqual(station.payload, {});
  });

  test('a TransactionEvent is asked about when it has a token, and always answered about it (E01.FR.12)', () => {
    const station = connected('2.0.1', ['TransactionEvent']);
    const event = {
      eventType: 'Started',
      timestamp: '2026-11-21T10:00:00Z',
      triggerReason: 'CablePluggedIn',
      seqNo: 0,
      transactionInfo: { transactionId: 't' },
    } as const;
    station.call('2.0.1', 'TransactionEvent', event);
    assert.deepEqual(station.payload, {});
    const idToken = { idToken: 'A', type: 'ISO14443' } as const;
    station.call('2.0.1', 'TransactionEvent', { ...event, eventType: 'Updated', seqNo: 1, idToken });
    const [ask] = station.last;
    assert.deepEqual(ask?.type === 'ask' && ask.question.idToken, idToken);
    station.decide({ totalCost: 3 });
    assert.deepEqual(station.payload, { idTokenInfo: { status: 'Unknown' }, totalCost: 3 });
  });

  test('2.x Authorize passes groupIdToken and certificateStatus on', () => {
    const station = connected('2.1', ['Authorize']);
    station.call('2.1', 'Authorize', { idToken: { idToken: 'A', type: 'eMAID' }, certificate: 'pem' });
    const answer = {
      idTokenInfo: { status: 'Accepted', groupIdToken: { idToken: 'G', type: 'Central' } },
      certificateStatus: 'Accepted',
    };
    station.decide(answer);
    assert.deepEqual(station.payload, answer);
    assert.equal(station.lastEvent('token.authorized').data.certificateStatus, 'Accepted');
  });

  test('an answer of the wrong version is no decision', () => {
    const station = connected('2.0.1', ['Authorize']);
    station.call('2.0.1', 'Authorize', { idToken: { idToken: 'A', type: 'Central' } });
    station.decide({ idTagInfo: { status: 'Accepted' } });
    assert.deepEqual(station.payload, { idTokenInfo: { status: 'Unknown' } });
    assert.ok(station.counts.includes('decision_invalid'));
  });

  test('past the limit of waiting questions the default applies at once', () => {
    const station = connected('1.6', ['Authorize']);
    for (let n = 0; n < 4; n++) assert.equal(station.call('1.6', 'Authorize', { idTag: `A${n}` }), undefined);
    station.call('1.6', 'Authorize', { idTag: 'A5' });
    assert.deepEqual(station.payload, { idTagInfo: { status: 'Invalid' } });
    assert.ok(station.counts.includes('decision_defaulted'));
    assert.equal(station.state.asks.length, 4);
  });

  test('the same CALL while it waits is asked about once and answered once', () => {
    const station = connected('1.6', ['Authorize']);
    station.call('1.6', 'Authorize', { idTag: 'A' }, { id: 'x' });
    station.call('1.6', 'Authorize', { idTag: 'A' }, { id: 'x' });
    assert.deepEqual(
      station.last.map(({ type }) => type),
      ['count'],
    );
    station.decide({ idTagInfo: { status: 'Accepted' } });
    assert.equal(station.effects.filter(({ type }) => type === 'reply').length, 1);
  });

  test('another CALL with the id of one that waits gets an error, the first its answer', () => {
    for (const [version, code] of [
      ['1.6', 'GenericError'],
      ['2.0.1', 'RpcFrameworkError'],
    ] as const) {
      const station = connected(version, ['DataTransfer']);
      station.callAny('DataTransfer', { vendorId: 'a' }, { id: 'x' });
      const answer = station.callAny('DataTransfer', { vendorId: 'b' }, { id: 'x' });
      assert.ok(answer && 'code' in answer && answer.code === code);
      station.decide({ status: 'Accepted' });
      assert.deepEqual(station.payload, { status: 'Accepted' });
      assert.equal(station.lastEvent('data.transferred').data.vendorId, 'a');
    }
  });

  test('a question dies with its connection: the station asks again on the next', () => {
    const station = connected('1.6', ['Authorize']);
    station.call('1.6', 'Authorize', { idTag: 'A' });
    const askId = station.state.asks[0]?.askId ?? '';
    station.disconnect();
    assert.equal(station.state.asks.length, 0);
    station.tell({ type: 'decided', askId, answer: { idTagInfo: { status: 'Accepted' } } });
    assert.deepEqual(
      station.last.map(({ type }) => type),
      ['count'],
    );
  });

  test('after a crash the same CALL is asked about under the same question id', () => {
    const station = connected('1.6', ['Authorize']);
    station.call('1.6', 'Authorize', { idTag: 'A' }, { id: 'x' });
    const askId = station.state.asks[0]?.askId;
    station.crash();
    assert.equal(station.state.asks.length, 0);
    station.connect(station.connection, true);
    station.call('1.6', 'Authorize', { idTag: 'A' }, { id: 'x' });
    assert.equal(station.state.asks[0]?.askId, askId);
  });
});

describe('timestamps', () => {
  test('are understood with an offset, and with none as UTC, which is counted', () => {
    const cases = [
      ['2026-11-21T12:30:00+02:30', '2026-11-21T10:00:00.000Z', false],
      ['2026-11-21T10:00:00.5Z', '2026-11-21T10:00:00.500Z', false],
      ['2026-11-21T12:00:00+02', '2026-11-21T10:00:00.000Z', true],
      ['2026-11-21T10:00:00', '2026-11-21T10:00:00.000Z', true],
      ['1970-01-01T00:00:07Z', '1970-01-01T00:00:07.000Z', true],
    ] as const;
    for (const [timestamp, expectedTime, tolerated] of cases) {
      const station = connected('1.6');
      station.call('1.6', 'StatusNotification', {
        connectorId: 1,
        errorCode: 'NoError',
        status: 'Available',
        timestamp,
      });
      assert.equal(station.lastEvent('connector.status').stationtime, expectedTime);
      assert.deepEqual(station.counts, tolerated ? ['tolerated_timestamp'] : [], timestamp);
    }
  });
});
