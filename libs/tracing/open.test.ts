import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { systemClock } from '../clock/mod.js';
import {
  Closers,
  ConfigError,
  createMetrics,
  defaultsOf,
  defineOptions,
  readOptions,
  silentLogger,
} from '../ops/mod.js';
import { openTracing, TRACE_OPTIONS, type TraceSettings } from './mod.js';

const options = defineOptions({ program: 'x', about: 'x', table: TRACE_OPTIONS });
const SERVICE = { name: 'test', instanceId: 'a' };

async function headersFile(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'stationmaster-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = path.join(folder, 'headers.yaml');
  await writeFile(file, text);
  return file;
}

async function open(t: TestContext, settings: Partial<TraceSettings>) {
  const logger = silentLogger();
  const closers = new Closers(logger);
  t.after(() => closers.close());
  const metrics = createMetrics();
  const use = { clock: systemClock(), logger, metrics };
  const tracer = await openTracing({ ...defaultsOf(options), ...settings }, SERVICE, use, closers);
  return { tracer, metrics };
}

test('without a collector nothing is traced, and the metrics say 0', async (t) => {
  const { tracer, metrics } = await open(t, {});
  assert.equal(tracer, undefined);
  const text = await metrics.text();
  assert.match(text, /^stationmaster_trace_spans_total\{outcome="dropped"\} 0$/m);
  assert.match(text, /^stationmaster_trace_spans_waiting 0$/m);
});

test('with one there is a tracer', async (t) => {
  const { tracer } = await open(t, { tracesUrl: 'http://127.0.0.1:9/v1/traces', tracesRatio: 1 });
  assert.match(
    tracer?.begin('x', { kind: 'server' })?.traceparent ?? '',
    /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/,
  );
});

for (const [what, argv, problem] of [
  ['no URL', ['--traces-url', 'collector:4318'], /--traces-url: .* must be a URL that begins with http/],
  ['another protocol', ['--traces-url', 'grpc://collector:4317'], /--traces-url: .* must be a URL/],
  ['a password', ['--traces-url', 'http://me:secret@collector:4318'], /those go into --traces-headers-file/],
  ['a ratio above 1', ['--traces-ratio', '1.5'], /--traces-ratio: .* must be a number from 0 to 1/],
  ['a ratio in percent', ['--traces-ratio', '5%'], /--traces-ratio: .* must be a number from 0 to 1/],
] as const) {
  test(`${what} is refused in one line, without a secret`, () => {
    assert.throws(
      () => readOptions(options, { argv, env: {} }),
      (error: Error) => {
        assert.ok(error instanceof ConfigError);
        assert.match(error.message, problem);
        assert.ok(!error.message.includes('\n') && !error.message.includes('secret'));
        return true;
      },
    );
  });
}

for (const [what, text, problem] of [
  ['nothing', '', /headers\.yaml: must hold 'headers' and nothing else/],
  ['something else', 'headers: {a: b}\nurl: x', /must hold 'headers' and nothing else/],
  ['a list', 'headers: [a]', /must hold 'headers' and nothing else/],
  ['a name that is none', 'headers: {"a b": secret}', /"a b" is no name of a header/],
  ['a number', 'headers: {a: 5}', /headers\.a: must be a text of printable ASCII/],
  ['a line break', 'headers: {a: "secret\\nb"}', /headers\.a: must be a text of printable ASCII/],
] as const) {
  test(`a headers file with ${what} is refused in one line, without a secret`, async (t) => {
    const tracesHeadersFile = await headersFile(t, text);
    const settings = { tracesUrl: 'http://127.0.0.1:9/v1/traces', tracesHeadersFile };
    await assert.rejects(open(t, settings), (error: Error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, problem);
      assert.ok(!error.message.includes('\n') && !error.message.includes('secret'));
      return true;
    });
  });
}
