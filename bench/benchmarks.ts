import type { Benchmark } from './benchmark.js';
import { codec } from './codec.js';
import { decisions } from './decisions.js';
import { envelope } from './envelope.js';
import { replay } from './replay.js';
import { roundtrip } from './roundtrip.js';

/** Every benchmark, in the order in which they run. */
export const BENCHMARKS: readonly Benchmark[] = [codec, envelope, roundtrip, replay, decisions];
