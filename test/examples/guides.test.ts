import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';

const GUIDES = path.resolve('docs/guides');
const READMES = ['README.md', 'libs/api/client/README.md'].map((file) => path.resolve(file));
/** What the guides' pieces of code take as given. */
const GIVEN = `
import type { Gateway, AnyStationEvent, grpc } from 'stationmaster/client';
type Profile = Parameters<typeof Gateway.prototype.enqueue<'SetChargingProfile'>>[2];
declare global {
  const gateway: Gateway;
  const profile: Profile;
  const version: number;
  function load(): Promise<string>;
  function save(cursor: string): Promise<void>;
  function handle(event: AnyStationEvent): Promise<void>;
}
`;

/** The pieces of TypeScript in guides and READMEs, as files beside them. */
function pieces(): Map<string, string> {
  const found = new Map([[path.join(GUIDES, 'given.d.ts'), GIVEN]]);
  const guides = readdirSync(GUIDES).filter((file) => file.endsWith('.md'));
  for (const guide of [...READMES, ...guides.map((file) => path.join(GUIDES, file))]) {
    const text = readFileSync(guide, 'utf8');
    for (const [at, [, code = '']] of [...text.matchAll(/```ts\n([^]*?)```/g)].entries()) {
      found.set(`${guide}-${at + 1}.ts`, `${code}\nexport {};\n`);
    }
  }
  return found;
}

test('the TypeScript in guides and READMEs compiles', () => {
  const files = pieces();
  assert.ok(files.size > 3);
  const { config } = ts.readConfigFile('tsconfig.json', (file) => ts.sys.readFile(file)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, process.cwd());
  const wanted = { ...options, noEmit: true, incremental: false, noUnusedLocals: false, types: ['node'] };
  delete (wanted as ts.CompilerOptions).tsBuildInfoFile;
  const host = ts.createCompilerHost(wanted);
  const { readFile, fileExists } = host;
  host.readFile = (file) => files.get(path.normalize(file)) ?? readFile(file);
  host.fileExists = (file) => files.has(path.normalize(file)) || fileExists(file);
  const program = ts.createProgram([...files.keys()], wanted, host);
  const problems = [...files.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  });
  assert.equal(ts.formatDiagnostics(problems, host), '');
});
