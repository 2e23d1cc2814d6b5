import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import {
  ConfigError,
  defineOptions,
  readOptions,
  renderHelp,
  renderMarkdown,
  types,
  wantsHelp,
} from './mod.js';
import { unknownVariables } from './options.js';

const options = defineOptions({
  program: 'gateway',
  about: 'Tests options.',
  table: {
    port: {
      env: 'STATIONMASTER_PORT',
      flag: 'port',
      type: types.port,
      default: 9220,
      help: 'Where.',
      topic: 'Net',
    },
    wait: {
      env: 'STATIONMASTER_WAIT',
      flag: 'wait',
      type: types.duration({ min: 100, max: 3_600_000 }),
      default: 30_000,
      help: 'How long.',
      topic: 'Net',
    },
    mode: {
      env: 'STATIONMASTER_MODE',
      flag: 'mode',
      type: types.choice(['open', 'provisioned']),
      default: 'open',
      help: 'Who may enter.',
      topic: 'Doors',
    },
    compress: {
      env: 'STATIONMASTER_COMPRESS',
      flag: 'compress',
      type: types.boolean,
      default: true,
      help: 'Deflate.',
      topic: 'Net',
    },
    file: {
      env: 'STATIONMASTER_FILE',
      flag: 'file',
      type: types.optional(types.path),
      default: undefined,
      help: 'A file.',
      topic: 'Doors',
    },
    proxies: {
      flag: 'proxies',
      type: types.list(types.string()),
      default: [],
      help: 'Whom to trust.',
      topic: 'Doors',
    },
    limit: {
      env: 'STATIONMASTER_LIMIT',
      flag: 'limit',
      type: types.bytes({ max: 1024 ** 2 }),
      default: 512 * 1024,
      help: 'Largest frame.',
      topic: 'Net',
    },
  },
});

const read = (argv: string[], env: Record<string, string> = {}) => readOptions(options, { argv, env });

function refusal(argv: string[], env: Record<string, string> = {}): string {
  try {
    read(argv, env);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.ok(!error.message.includes('\n'), 'one line');
    return error.message;
  }
  return assert.fail('was not refused');
}

test('without flags and variables every option has its default', () => {
  const values = read([]);
  const mode: 'open' | 'provisioned' = values.mode;
  const file: string | undefined = values.file;
  assert.equal(mode, 'open');
  assert.equal(file, undefined);
  assert.deepEqual(
    { ...values },
    { port: 9220, wait: 30_000, mode: 'open', compress: true, file: undefined, proxies: [], limit: 524_288 },
  );
});

test('a flag wins over the variable, the variable over the default', () => {
  assert.equal(read([], { STATIONMASTER_PORT: '1000' }).port, 1000);
  assert.equal(read(['--port', '2000'], { STATIONMASTER_PORT: '1000' }).port, 2000);
  assert.equal(read(['--port=2000']).port, 2000);
  assert.equal(read(['--port=2000', '--port=3000']).port, 3000);
});

test('an empty variable counts as not set', () => {
  assert.equal(read([], { STATIONMASTER_PORT: '' }).port, 9220);
});

test('a switch is turned on by its flag and off by --no-', () => {
  assert.equal(read(['--compress'], { STATIONMASTER_COMPRESS: 'false' }).compress, true);
  assert.equal(read(['--no-compress']).compress, false);
  assert.equal(read(['--compress=off']).compress, false);
  assert.equal(read([], { STATIONMASTER_COMPRESS: '0' }).compress, false);
  assert.match(refusal(['--no-compress=1']), /--no-compress takes no value/);
  assert.match(refusal(['--no-port']), /unknown flag --no-port/);
});

test('durations, sizes, lists and paths are read in their units', () => {
  const values = read([
    '--wait',
    '5m',
    '--limit',
    '64KiB',
    '--proxies',
    '10.0.0.1, 10.0.0.2',
    '--file',
    'x.yaml',
  ]);
  assert.equal(values.wait, 300_000);
  assert.equal(values.limit, 65_536);
  assert.deepEqual(values.proxies, ['10.0.0.1', '10.0.0.2']);
  assert.equal(values.file, path.resolve('x.yaml'));
});

test('a wrong value is refused by a line that names source, value and what is expected', () => {
  const port = "'70000' is not valid, it must be a port number from 0 (any free one) to 65535";
  assert.equal(refusal(['--port', '70000']), `--port: ${port}`);
  assert.equal(refusal([], { STATIONMASTER_PORT: '70000' }), `STATIONMASTER_PORT: ${port}`);
  assert.match(
    refusal(['--wait', '30']),
    /^--wait: '30' .* duration such as 500ms, 30s, 5m or 2h from 100ms to 1h$/,
  );
  assert.match(refusal(['--wait', '1ms']), /^--wait: '1ms' is not valid/);
  assert.match(refusal(['--mode=closed']), /must be one of open, provisioned$/);
  assert.match(refusal(['--limit', '2MiB']), /1MiB or less$/);
  assert.match(refusal(['--compress=maybe']), /must be true or false$/);
  assert.match(refusal(['--port=']), /^--port: '' is not valid/);
});

test('a missing value, an unknown flag and a stray word are refused', () => {
  assert.match(refusal(['--port']), /^--port: a value is missing, it must be a port number/);
  assert.match(refusal(['--port', '--compress']), /^--port: a value is missing/);
  assert.equal(
    refusal(['--prot', '1']),
    "unknown flag --prot, did you mean --port?; 'gateway --help' lists all",
  );
  assert.match(refusal(['--entirely-different']), /^unknown flag --entirely-different; /);
  assert.match(refusal(['9220']), /^unexpected argument '9220'; 'gateway --help' lists the flags/);
  assert.match(refusal(['redis://u:p@ss@host:1']), /^unexpected argument 'redis:\/\/…@host:1';/);
});

test('the value of one option may stand without its flag, once', () => {
  const flag = {
    flag: 'station',
    type: types.optional(types.string({ name: 'station id' })),
    default: undefined,
  };
  const table = { station: { ...flag, help: 'Which.', topic: 'What' } };
  const one = defineOptions({ program: 'p', about: 'A test.', table, argument: 'station' });
  const stationOf = (...argv: string[]) => readOptions(one, { argv, env: {} }).station;
  assert.equal(stationOf('CS-1'), 'CS-1');
  assert.equal(stationOf('-1'), '-1');
  assert.equal(stationOf('--station=--x'), '--x');
  assert.equal(stationOf(), undefined);
  assert.throws(() => stationOf('CS-1', 'CS-2'), /^ConfigError: unexpected argument 'CS-2'/);
  assert.match(renderHelp(one), /^Usage: p <station id> \[--flag value …\]$/m);
});

test('a misspelt variable is told, foreign ones are not', () => {
  const lines = unknownVariables(options, { STATIONMASTER_PROT: '1', PATH: '/bin', STATIONMASTER_PORT: '1' });
  assert.deepEqual(lines, [
    'the environment variable STATIONMASTER_PROT is not known here, did you mean STATIONMASTER_PORT?',
  ]);
});

test('help lists every option under its topic, in lines of at most 100 columns', () => {
  const help = renderHelp(options);
  for (const row of Object.values(options.table)) assert.ok(help.includes(`${row.flag}`), row.flag);
  assert.match(help, /^Net:$/m);
  assert.match(help, /^ {2}--port <port>$/m);
  assert.match(help, /^ {2}--\[no-\]compress$/m);
  assert.match(help, /\[STATIONMASTER_WAIT, default 30s\]/);
  assert.ok(help.split('\n').every((line) => line.length <= 100));
  assert.ok(wantsHelp(['--port', '1', '-h']));
  assert.ok(wantsHelp(['--help']));
  assert.ok(!wantsHelp(['--port', '1']));
});

test('help says of environment variables what is true of the program', () => {
  const flag = { type: types.port, default: 1, help: 'Port.', topic: 'Net' };
  const helpOf = (table: Parameters<typeof defineOptions<{ a: number; b: number }>>[0]['table']) =>
    renderHelp(defineOptions({ program: 'p', about: 'A test.', table }));
  const [a, b] = [
    { ...flag, flag: 'a' },
    { ...flag, flag: 'b' },
  ];
  const withVariable = { ...a, env: 'STATIONMASTER_A' };
  assert.match(
    helpOf({ a: withVariable, b: { ...b, env: 'STATIONMASTER_B' } }),
    /^Each flag has an environment/m,
  );
  assert.match(helpOf({ a: withVariable, b }), /^Some flags have an environment/m);
  assert.doesNotMatch(helpOf({ a, b }), /environment/);
});

test('markdown has one row for each option, with pipes escaped', () => {
  const markdown = renderMarkdown(options);
  assert.match(markdown, /^### Doors$/m);
  assert.ok(
    markdown.includes('| `--mode <open\\|provisioned>` | `STATIONMASTER_MODE` | `open` | Who may enter. |'),
  );
  assert.equal(markdown.split('\n').filter((line) => line.startsWith('| `--')).length, 7);
});

test('an option declared twice is our own bug', () => {
  const row = { flag: 'a', type: types.port, default: 1, help: '', topic: '' };
  assert.throws(
    () => defineOptions({ program: '', about: '', table: { a: row, b: row } }),
    /--a is declared twice/,
  );
});

test('every type reads what it writes', () => {
  for (const ms of [0, 1, 999, 1000, 90_000, 3_600_000, 86_400_000]) {
    const type = types.duration();
    assert.equal(type.parse(type.format(ms)), ms);
  }
  for (const size of [0, 1, 1023, 1024, 524_288, 1024 ** 3]) {
    const type = types.bytes();
    assert.equal(type.parse(type.format(size)), size);
  }
  const seconds = types.duration({ wholeSeconds: true });
  assert.deepEqual(
    ['2s', '2000ms', '0', '2001ms', '1ms'].map((text) => seconds.parse(text)),
    [2000, 2000, 0, undefined, undefined],
  );
  const ratio = types.number({ min: 0, max: 1 });
  assert.equal(ratio.parse('0.25'), 0.25);
  assert.equal(ratio.parse('1.5'), undefined);
  assert.equal(types.integer().parse('1.5'), undefined);
  assert.equal(types.url(['redis:']).parse('redis://h:1'), 'redis://h:1');
  assert.equal(types.url(['redis:']).parse('http://h'), undefined);
});
