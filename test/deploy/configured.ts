import assert from 'node:assert/strict';
import { readOptions, renderHelp, type Options } from '../../libs/ops/mod.js';

/** A process' settings from its environment. Throws where it would refuse to start, and for a variable that it does not know. */
export function configured<T extends object>(options: Options<T>, env: Readonly<Record<string, string>>): T {
  const help = renderHelp(options);
  const unknown = Object.keys(env).filter((name) => !new RegExp(`\\[${name}[,\\]]`).test(help));
  assert.deepEqual(unknown, []);
  return readOptions(options, { argv: [], env });
}
