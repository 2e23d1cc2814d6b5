import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Linter, type Rule } from 'eslint';
import tseslint from 'typescript-eslint';

const root = process.cwd();
const { dependencyRule } = (await import(
  pathToFileURL(path.join(root, 'scripts/dependency-rule.mjs')).href
)) as { dependencyRule: Rule.RuleModule };

/** What the rule says about `file` with this one line in it. */
function complaints(file: string, line: string): string[] {
  const linter = new Linter({ cwd: root });
  const config: Linter.Config = {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser as Linter.Parser },
    plugins: { stationmaster: { rules: { dependencies: dependencyRule } } },
    rules: { 'stationmaster/dependencies': 'error' },
  };
  return linter.verify(line, config, path.join(root, file)).map(({ message }) => message);
}

const REFUSED: readonly (readonly [file: string, line: string, reason: RegExp])[] = [
  ['libs/bus/x.ts', "import { a } from '../../services/edge/start.js';", /libs never import services/],
  ['libs/bus/x.test.ts', "import { a } from '../../services/edge/start.js';", /libs never import services/],
  ['libs/bus/x.ts', "import type { A } from '../../test/a.js';", /libs never import test/],
  ['libs/link/x.ts', "import { a } from '../ocpp/frames.js';", /import libs\/ocpp through its mod\.ts/],
  [
    'libs/link/deep/x.ts',
    "import { a } from '../../ocpp/frames.js';",
    /import libs\/ocpp through its mod\.ts/,
  ],
  ['libs/link/x.ts', "export * from '../ocpp/frames.js';", /import libs\/ocpp through its mod\.ts/],
  ['libs/link/x.ts', "const a = await import('../ocpp/frames.js');", /import libs\/ocpp through its mod\.ts/],
  ['libs/ocpp/x.ts', "import { a } from '../store/mod.js';", /libs\/ocpp is pure/],
  ['libs/ocpp/x.ts', "import { randomUUID } from 'node:crypto';", /libs\/ocpp is pure/],
  ['libs/actor/x.ts', "import { Packr } from 'msgpackr';", /libs\/actor is pure/],
  ['libs/actor/x.ts', "import { a } from '../link/mod.js';", /libs\/actor is pure/],
  ['libs/actor/x.ts', "import { a } from '../store/lmdb.js';", /import libs\/store through its mod\.ts/],
  ['services/edge/x.ts', "import { a } from '../worker/start.js';", /services never import one another/],
  ['services/edge/x.ts', "import { a } from '../standalone/start.js';", /services never import one another/],
  ['services/standalone/x.ts', "import { a } from '../../libs/bus/memory.js';", /through its mod\.ts/],
  ['services/edge/x.ts', "import { a } from '../../test/a.js';", /services never import test/],
  ['services/tap/x.ts', "import { a } from '../../libs/api/client/tap.js';", /through its mod\.ts/],
  ['services/edge/x.ts', "import { trace } from '@opentelemetry/api';", /only libs\/tracing\/otel\.ts/],
  ['libs/tracing/open.ts', "import type { Span } from '@opentelemetry/api';", /only libs\/tracing\/otel\.ts/],
  [
    'libs/tracing/open.ts',
    "import { openTelemetry } from './otel.js';",
    /load libs\/tracing\/otel\.ts by import\(\)/,
  ],
];

const ALLOWED: readonly (readonly [file: string, line: string])[] = [
  ['libs/bus/x.ts', "import { a } from './memory.js';"],
  ['libs/store/deep/x.ts', "import { a } from '../lmdb.js';"],
  ['libs/link/x.ts', "import { a } from '../ocpp/mod.js';"],
  ['libs/link/x.ts', "import { Packr } from 'msgpackr';"],
  ['libs/ocpp/x.ts', "import { a } from '../actor/mod.js';"],
  ['libs/actor/x.ts', "import type { States } from '../store/mod.js';"],
  ['libs/ocpp/x.test.ts', "import fc from 'fast-check';"],
  ['libs/store/x.test.ts', "import { a } from '../clock/manual.js';"],
  ['libs/tracing/otel.ts', "import { trace } from '@opentelemetry/api';"],
  ['libs/tracing/open.ts', "const a = await import('./otel.js');"],
  ['services/edge/x.ts', "import { a } from '../../libs/bus/mod.js';"],
  ['services/tap/x.ts', "import { a } from '../../libs/api/client/mod.js';"],
  ['services/edge/x.test.ts', "import { a } from '../worker/start.js';"],
  ['services/standalone/x.ts', "import { a } from '../edge/start.js';"],
  ['test/x.ts', "import { a } from '../services/edge/start.js';"],
];

for (const [file, line, reason] of REFUSED) {
  test(`the dependency rule refuses in ${file}: ${line}`, () => {
    const said = complaints(file, line);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', reason);
  });
}

test('the dependency rule allows what the layout allows', () => {
  for (const [file, line] of ALLOWED) assert.deepEqual(complaints(file, line), [], `${file}: ${line}`);
});
