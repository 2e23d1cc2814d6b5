// Starts one of the project's programs: `node scripts/run.mjs <program, as built> [its flags…]`. Installs and builds first when that is
// needed. The program runs in this very process, so signals reach it.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { installDependencies, root } from './setup.mjs';

installDependencies();
const { build } = await import('./build.mjs');
await build();

const [program, ...flags] = process.argv.slice(2);
const file = path.join(root, 'dist', program);
process.argv = [process.argv[0], file, ...flags];
process.setSourceMapsEnabled(true);
await import(pathToFileURL(file).href);
