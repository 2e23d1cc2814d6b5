import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { memoryBus } from '../../libs/bus/mod.js';
import { ManualClock } from '../../libs/clock/mod.js';
import { silentLogger } from '../../libs/ops/mod.js';
import { decide, startDecider } from './decider.js';
import { parseText } from '../../libs/ops/mod.js';
import { tokensOf, type Tokens } from './tokens-file.js';

const NOW = Date.UTC(2026, 5, 1);
const known = tokensOf(
  parseText(
    'tokens.yaml',
    `
tokens:
  - { id: GOOD, group: FLEET, language: de }
  - { id: BLOCKED, status: Blocked }
  - { id: OLD, expiry: 2026-05-31T23:59:59Z }
  - { id: FRESH, expiry: 2026-06-01T00:00:01Z }
  - { id: OLD-BLOCKED, status: Blocked, expiry: 2026-05-31T00:00:00Z }
  - { id: CARD, type: ISO14443 }
  - { id: LONG, group: ${'g'.repeat(30)} }
`,
  ),
);

const ask = (id: string, { type, version = '2.0.1', tokens = known, payload = {} }: Asked = {}) =>
  decide(tokens, { version, idToken: { idToken: id, ...(type !== undefined && { type }) }, payload }, NOW);

interface Asked {
  readonly type?: string;
  readonly version?: string;
  readonly tokens?: Tokens | 'any';
  readonly payload?: object;
}

const status = (id: string, asked: Asked = {}) => ask(id, asked).idTokenInfo?.status;

test('in open mode every token is accepted, contract certificates too', () => {
  assert.deepEqual(ask('whatever', { tokens: 'any' }), { idTokenInfo: { status: 'Accepted' } });
  assert.deepEqual(ask('whatever', { tokens: 'any', payload: { certificate: 'PEM' } }), {
    idTokenInfo: { status: 'Accepted' },
    certificateStatus: 'Accepted',
  });
});

test('with a tokens file only its tokens are known', () => {
  assert.equal(status('GOOD'), 'Accepted');
  assert.equal(status('BLOCKED'), 'Blocked');
  assert.equal(status('STRANGER'), 'Unknown');
  assert.equal(status(''), 'Unknown');
  assert.equal(status('GOOD', { tokens: new Map() }), 'Unknown');
});

test('with a tokens file a contract certificate is refused: nobody verifies it (2.x C07)', () => {
  const refused = { idTokenInfo: { status: 'Invalid' }, certificateStatus: 'CertChainError' };
  assert.deepEqual(ask('GOOD', { payload: { certificate: 'PEM' } }), refused);
  assert.deepEqual(ask('GOOD', { payload: { iso15118CertificateHashData: [] } }), refused);
});

test('letters of either case are the same (1.6 CiString, 2.x identifierString)', () => {
  assert.equal(status('good'), 'Accepted');
  assert.equal(status('bLoCkEd'), 'Blocked');
});

test('a token is Expired from its expiry on, unless something worse holds', () => {
  assert.equal(status('OLD'), 'Expired');
  assert.equal(status('FRESH'), 'Accepted');
  assert.equal(status('OLD-BLOCKED'), 'Blocked');
  assert.equal(ask('FRESH').idTokenInfo?.cacheExpiryDateTime, '2026-06-01T00:00:01.000Z');
});

test('a token with a type is known under that type only, where the type is told', () => {
  assert.equal(status('CARD', { type: 'ISO14443' }), 'Accepted');
  assert.equal(status('CARD', { type: 'KeyCode' }), 'Unknown');
  assert.equal(status('CARD', { version: '1.6' }), 'Accepted');
});

test('group and language are passed on, the group where its version has room for it', () => {
  assert.deepEqual(ask('GOOD').idTokenInfo, {
    status: 'Accepted',
    groupIdToken: { idToken: 'FLEET', type: 'Central' },
    language1: 'de',
  });
  assert.equal(ask('LONG', { version: '2.0.1' }).idTokenInfo?.groupIdToken?.idToken.length, 30);
  assert.deepEqual(ask('LONG', { version: '1.6' }), { idTokenInfo: { status: 'Accepted' } });
});

function asking(t: TestContext, tokens: () => Tokens | 'any') {
  const clock = new ManualClock(NOW);
  const bus = memoryBus({ clock });
  const stop = startDecider({ bus, clock, logger: silentLogger(), tokens });
  t.after(() => bus.close());
  const request = async (action: string, text: string): Promise<unknown> => {
    const asked = bus.request(`csms.undecided.${action}.CS`, Buffer.from(text), { timeoutMs: 1000 });
    const [reply] = await Promise.all([asked, clock.advance(1000)]);
    return JSON.parse(Buffer.from(reply.data).toString());
  };
  const asks = (action: string, idToken?: string) => {
    return request(
      action,
      JSON.stringify({ version: '1.6', payload: {}, ...(idToken && { idToken: { idToken } }) }),
    );
  };
  return { asks, request, stop };
}

test('questions about tokens are answered over the bus', async (t) => {
  const { asks } = asking(t, () => known);
  for (const action of ['Authorize', 'StartTransaction', 'StopTransaction', 'TransactionEvent']) {
    assert.deepEqual(await asks(action, 'BLOCKED'), { idTokenInfo: { status: 'Blocked' } });
  }
});

test('a message without a token is answered with nothing to say', async (t) => {
  const { asks } = asking(t, () => known);
  assert.deepEqual(await asks('StopTransaction'), {});
});

test('other tokens hold as soon as they are there', async (t) => {
  let tokens: Tokens = known;
  const { asks } = asking(t, () => tokens);
  assert.deepEqual(await asks('Authorize', 'BLOCKED'), { idTokenInfo: { status: 'Blocked' } });
  tokens = new Map();
  assert.deepEqual(await asks('Authorize', 'BLOCKED'), { idTokenInfo: { status: 'Unknown' } });
});

test('nobody answers other questions, nor any after the stop: the defaults hold', async (t) => {
  const { asks, stop } = asking(t, () => 'any');
  await assert.rejects(asks('DataTransfer'), { code: 'no_responders' });
  await stop();
  await assert.rejects(asks('Authorize', 'A'), { code: 'no_responders' });
});

test('a question that is not JSON is not answered', async (t) => {
  const { request } = asking(t, () => 'any');
  await assert.rejects(request('Authorize', '{"payload"'), { code: 'timeout' });
});
