import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { memoryBus } from '../../libs/bus/mod.js';
import { systemClock } from '../../libs/clock/mod.js';
import { subjects } from '../../libs/link/mod.js';
import { silentLogger } from '../../libs/ops/mod.js';
import { openTokenDoor, tokenDoorOf } from './token-door.js';

async function opened(t: TestContext, mode: 'open' | 'provisioned', tokens?: object[]) {
  const folder = await mkdtemp(path.join(tmpdir(), 'tokens-'));
  const file = path.join(folder, 'tokens.json');
  const write = async (content: object): Promise<void> => await writeFile(file, JSON.stringify(content));
  if (tokens !== undefined) await write({ tokens });
  const clock = systemClock();
  const bus = memoryBus({ clock });
  const settings = { mode, tokensFile: tokens === undefined ? undefined : file };
  const door = await openTokenDoor(settings, { bus, clock, logger: silentLogger() });
  t.after(async () => {
    await door.close();
    await rm(folder, { recursive: true });
  });
  const ask = async (idToken: string): Promise<unknown> => {
    const question = Buffer.from(JSON.stringify({ version: '2.0.1', idToken: { idToken }, payload: {} }));
    const reply = await bus.request(subjects.undecided('Authorize', 'CS-1'), question, { timeoutMs: 5000 });
    return (JSON.parse(Buffer.from(reply.data).toString()) as { idTokenInfo: { status: string } }).idTokenInfo
      .status;
  };
  return { door, settings, write, ask };
}

test('open: any id token is accepted', async (t) => {
  const { settings, ask, door } = await opened(t, 'open');
  assert.equal(tokenDoorOf(settings), 'any');
  assert.equal(await ask('WHATEVER'), 'Accepted');
  assert.equal(await door.reload(), true);
});

test('a tokens file holds in either mode; read again it is in effect, with a mistake the old one stays', async (t) => {
  for (const mode of ['open', 'provisioned'] as const) {
    const { settings, ask, door, write } = await opened(t, mode, [{ id: 'GOOD' }]);
    assert.equal(tokenDoorOf(settings), 'known');
    assert.deepEqual([await ask('GOOD'), await ask('OTHER')], ['Accepted', 'Unknown']);
    await write({ tokens: [{ id: 'OTHER' }] });
    assert.equal(await door.reload(), true);
    assert.deepEqual([await ask('GOOD'), await ask('OTHER')], ['Unknown', 'Accepted']);
    await write({ tokens: [{ id: 5 }] });
    assert.equal(await door.reload(), false);
    assert.equal(await ask('OTHER'), 'Accepted');
  }
});

test('provisioned without a file: business services are left to answer', async (t) => {
  const { settings, ask } = await opened(t, 'provisioned');
  assert.equal(tokenDoorOf(settings), 'ask');
  await assert.rejects(ask('GOOD'), { name: 'BusError', code: 'no_responders' });
});
