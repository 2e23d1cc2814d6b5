// The .proto files as a contract: their lint, and what breaks those who use the last release.
// `node scripts/protos.mjs release` makes the protos as they are now the baseline of further changes: once at each release.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, run } from './setup.mjs';

const BUF = path.join(root, 'node_modules/@bufbuild/buf/bin/buf');
/** The protos of the last release, without their comments. Text, so that a review shows what a release changes. */
const BASELINE = path.join(root, 'libs/api/baseline.txtpb');

/** Arguments for Node that compare the protos in the folder `input` with the last release; exit status 100: they break it. */
export const breaking = (input = root) => [BUF, 'breaking', input, '--against', BASELINE];

export function checkProtos() {
  run(process.execPath, [BUF, 'lint']);
  run(process.execPath, breaking());
}

function release() {
  run(process.execPath, [BUF, 'build', '--exclude-source-info', '--output', BASELINE]);
  process.stderr.write('stationmaster: libs/api/baseline.txtpb holds the protos of this release\n');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (process.argv[2] === 'release') release();
  else checkProtos();
}
