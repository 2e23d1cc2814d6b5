import {
  checkCall,
  decodeFrame,
  DEFAULT_QUIRKS,
  encodeCallResult,
  VERSIONS,
  type Version,
} from '../libs/ocpp/mod.js';
import type { Benchmark, Comparison, Sample, Settings } from './benchmark.js';
import { ocppRpcValidator, plainAjv, type Validate } from './codec/validators.js';
import { cpuOf, INPUTS, type Work } from './harness/work.js';
import { FIRST_NUMBER, MESSAGES, render, REPORTS, type Message } from './messages.js';

interface Case {
  readonly name: string;
  readonly version: Version;
  /** Not one of those that a network mostly carries: not in the mean. */
  readonly isLarge: boolean;
  readonly work: Readonly<Record<Subject, Work>>;
}

const SUBJECTS = ['decode+check', 'JSON.parse', 'plain ajv', 'ocpp-rpc', 'encode', 'JSON.stringify'] as const;
type Subject = (typeof SUBJECTS)[number];

const PAIRS = [
  { subject: 'decode+check', reference: 'JSON.parse', target: 1.4 },
  // Each parses the frame, then checks the payload.
  { subject: 'plain ajv', reference: 'JSON.parse' },
  { subject: 'ocpp-rpc', reference: 'JSON.parse' },
  { subject: 'encode', reference: 'JSON.stringify', target: 1 },
] as const;

const WARM_UP_ROUNDS = 3;
/** So many times fewer of the large ones. */
const LARGE = 20;

function caseOf(message: Message): Case {
  const { version, action, answer } = message;
  const texts = Array.from({ length: INPUTS }, (_, input) => {
    const template = message.calls[input % message.calls.length] ?? '';
    return render(template, input, FIRST_NUMBER + input);
  });
  const ids = texts.map((text) => text.slice(4, 40));
  // As the socket gives them: each a buffer of its own.
  const frames = texts.map((text) => new Uint8Array(Buffer.from(text, 'utf8')));
  const buffers = frames.map((bytes) => Buffer.from(bytes.buffer));
  const parse = (input: number): unknown => JSON.parse(buffers[input]?.toString('utf8') ?? '');
  const [ajv, ocppRpc] = [plainAjv(version, action), ocppRpcValidator(version, action)];
  const payloadIn = (input: number): unknown => (parse(input) as readonly unknown[])[3];
  const work = {
    'decode+check': (input: number) => decode(version, frames[input] ?? new Uint8Array()),
    'JSON.parse': parse,
    'plain ajv': (input: number) => checkedBy(ajv, payloadIn(input)),
    'ocpp-rpc': (input: number) => checkedBy(ocppRpc, payloadIn(input)),
    encode: (input: number) => encodeCallResult(ids[input] ?? '', answer),
    'JSON.stringify': (input: number) => JSON.stringify([3, ids[input] ?? '', answer]),
  };
  const isLarge = REPORTS.includes(message);
  return { name: `${version} ${action} (${texts[0]?.length} B)`, version, isLarge, work };
}

function checkedBy(validate: Validate, payload: unknown): unknown {
  validate(payload);
  return payload;
}

/** From bytes to a valid payload. A sample that is not valid would measure something else. */
function decode(version: Version, bytes: Uint8Array): unknown {
  const decoded = decodeFrame(version, bytes);
  if (!decoded.ok) throw new Error(`sample is refused: ${decoded.fault.detail}`);
  const { frame } = decoded;
  if (frame.type !== 2 && frame.type !== 6) throw new Error('sample is not a CALL');
  const checked = checkCall(version, 'station', frame, DEFAULT_QUIRKS);
  if (!checked.ok) throw new Error(`sample of ${frame.action} is refused: ${checked.fault.detail}`);
  if (checked.repaired.length > 0) throw new Error(`sample of ${frame.action} needs quirks`);
  return checked.payload;
}

/** Subject and reference right after each other, the order changing with the round. */
function measure(each: Case, round: number, iterations: number): Sample[] {
  const order = round % 2 === 0 ? SUBJECTS : SUBJECTS.toReversed();
  return order.map((subject) => ({
    case: each.name,
    subject,
    round,
    cpu: cpuOf(each.work[subject], each.isLarge ? Math.ceil(iterations / LARGE) : iterations),
    figures: {},
  }));
}

/** The mean of a version's messages in each round, as further samples. */
function means(
  version: Version,
  cases: readonly Case[],
  samples: readonly Sample[],
  rounds: number,
): Sample[] {
  const names = new Set(
    cases.filter((each) => each.version === version && !each.isLarge).map(({ name }) => name),
  );
  return Array.from({ length: rounds }, (_, round) =>
    SUBJECTS.map((subject) => {
      const of = samples.filter(
        (sample) => sample.round === round && sample.subject === subject && names.has(sample.case),
      );
      const cpu = of.reduce((sum, sample) => sum + sample.cpu, 0) / of.length;
      return { case: meanOf(version), subject, round, cpu, figures: {} };
    }),
  ).flat();
}

const meanOf = (version: Version) => `${version} mean of four`;

function sizeOf({ quick, rounds }: Settings): { rounds: number; iterations: number } {
  return { rounds: rounds ?? (quick ? 1 : 15), iterations: quick ? 200 : 10_000 };
}

export const codec: Benchmark = {
  name: 'codec',
  about:
    'bytes to a valid message against JSON.parse of the same bytes, beside plain ajv and the validator of ocpp-rpc; an answer to text against JSON.stringify',
  run(settings, note) {
    const { rounds, iterations } = sizeOf(settings);
    const cases = VERSIONS.flatMap((version) =>
      [...MESSAGES[version], ...REPORTS.filter((report) => report.version === version)].map(caseOf),
    );
    const samples: Sample[] = [];
    for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
      note(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`);
      const taken = cases.flatMap((each) => measure(each, Math.abs(round), iterations));
      if (round >= 0) samples.push(...taken);
    }
    samples.push(...VERSIONS.flatMap((version) => means(version, cases, samples, rounds)));
    const names = VERSIONS.flatMap((version) => [
      ...cases.filter((each) => each.version === version).map(({ name }) => name),
      meanOf(version),
    ]);
    const comparisons = PAIRS.flatMap((pair): Comparison[] => names.map((name) => ({ case: name, ...pair })));
    return Promise.resolve({ settings: { rounds, iterations, inputs: INPUTS }, samples, comparisons });
  },
};
