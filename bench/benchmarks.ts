import type { Benchmark } from './benchmark.js';
import { codec } from './codec.js';
import { commands } from './commands.js';
import { decisions } from './decisions.js';
import { envelope } from './envelope.js';
import { idle } from './idle.js';
import { replay } from './replay.js';
import { roundtrip } from './roundtrip.js';
import { scale } from './scale.js';
import { storm } from './storm.js';

/** Every benchmark, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [
  codec,
  envelope,
  roundtrip,
  replay,
  decisions,
  idle,
  storm,
  scale,
  commands,
];
