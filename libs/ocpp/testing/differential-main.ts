import { defineOptions, runMain, types } from '../../ops/mod.js';
import { compareValidators } from './differential.js';

const topic = 'Validators';

const OPTIONS = defineOptions({
  program: 'npm run validators --',
  about:
    'Compares the generated validators with plain ajv on random payloads, valid and mutated, of every message. Ends with status 0 when there is no difference, else 1.',
  table: {
    cases: {
      flag: 'cases',
      type: types.integer({ min: 1, max: 1_000_000_000 }),
      default: 1_000_000,
      help: 'Payloads to compare; as many of each message.',
      topic,
    },
    seed: {
      flag: 'seed',
      type: types.integer({ min: 0, max: 2 ** 31 }),
      default: 1,
      help: 'The same seed makes the same payloads.',
      topic,
    },
  },
});

const NOTE_EVERY = 100_000;

await runMain(OPTIONS, ({ cases, seed }) => {
  const began = performance.now();
  const { validators, accepted, refused } = compareValidators(cases, seed, (done) => {
    if (done % NOTE_EVERY === 0) process.stderr.write(`${done} of ${cases}\n`);
  });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  process.stdout.write(
    `${validators} validators, ${cases} payloads of seed ${seed}: ${accepted} accepted, ${refused} refused, no difference; ${seconds} s\n`,
  );
  return Promise.resolve();
});
