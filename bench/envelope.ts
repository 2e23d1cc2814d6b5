import { Packr } from 'msgpackr';
import { decodeUp, encodeUp, type Connection } from '../libs/link/mod.js';
import type { Benchmark, Comparison, Sample, Settings } from './benchmark.js';
import { cpuOf, INPUTS, type Work } from './harness/work.js';
import { FIRST_NUMBER, MESSAGES, render, type Message } from './messages.js';

const VERSION = '2.0.1';
const SUBJECTS = ['envelope', 'JSON', 'msgpack'] as const;
type Subject = (typeof SUBJECTS)[number];
const REFERENCES = ['JSON', 'msgpack'] as const;

const WARM_UP_ROUNDS = 3;

/** A way to carry a station's CALL from the edge to the worker. */
interface Carrier {
  encode(call: CallToCarry): Uint8Array;
  /** All that the worker needs: the payload as an object too. */
  decode(bytes: Uint8Array): unknown;
}

/** What the edge has when a CALL is valid. */
interface CallToCarry {
  readonly connection: Connection;
  readonly id: string;
  readonly action: string;
  /** JSON in UTF-8. */
  readonly raw: Uint8Array;
  readonly payload: unknown;
}

const packr = new Packr({ useRecords: false });
const wholeOf = ({ connection, id, action, payload }: CallToCarry) => ({
  kind: 'call',
  connection,
  id,
  action,
  payload,
});
const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');

const CARRIERS: Readonly<Record<Subject, Carrier>> = {
  envelope: {
    encode: ({ connection, id, action, raw }) =>
      encodeUp({ kind: 'call', connection, id, action, payload: raw }),
    decode(bytes) {
      const up = decodeUp(bytes);
      if (up.kind !== 'call') throw new Error(`a ${up.kind} came out`);
      const payload: unknown = JSON.parse(textOf(up.payload));
      return { up, payload };
    },
  },
  JSON: {
    encode: (call) => Buffer.from(JSON.stringify(wholeOf(call))),
    decode: (bytes): unknown => JSON.parse(textOf(bytes)),
  },
  msgpack: {
    encode: (call) => packr.pack(wholeOf(call)),
    decode: (bytes): unknown => packr.unpack(bytes),
  },
};

interface Case {
  readonly name: string;
  readonly work: Readonly<Record<Subject, Work>>;
}

function callsOf({ calls }: Message): CallToCarry[] {
  return Array.from({ length: INPUTS }, (_, input) => {
    const text = render(calls[input % calls.length] ?? '', input, FIRST_NUMBER + input);
    const [, id, action, payload] = JSON.parse(text) as [number, string, string, object];
    const connection: Connection = {
      edgeId: 'edge-7f9c',
      connectionId: `b6f1c0de-0000-4000-8000-${String(input).padStart(12, '0')}`,
      version: VERSION,
      connectedAt: 1_795_000_000_000,
      provisioned: true,
      securityProfile: 2,
    };
    return { connection, id, action, payload, raw: Buffer.from(JSON.stringify(payload)) };
  });
}

function casesOf(message: Message): Case[] {
  const calls = callsOf(message);
  const worksOf = (of: (carrier: Carrier) => Work) => ({
    envelope: of(CARRIERS.envelope),
    JSON: of(CARRIERS.JSON),
    msgpack: of(CARRIERS.msgpack),
  });
  const encode = worksOf((carrier) => (input) => carrier.encode(calls[input] as CallToCarry));
  const decode = worksOf((carrier) => {
    const encoded = calls.map((call) => Uint8Array.from(carrier.encode(call)));
    return (input) => carrier.decode(encoded[input] as Uint8Array);
  });
  return [
    { name: `${message.action} encode`, work: encode },
    { name: `${message.action} decode`, work: decode },
  ];
}

/** Our envelope and both references right after each other, the order changing with the round. */
function measure({ name, work }: Case, round: number, iterations: number): Sample[] {
  const order = round % 2 === 0 ? SUBJECTS : SUBJECTS.toReversed();
  return order.map((subject) => ({
    case: name,
    subject,
    round,
    cpu: cpuOf(work[subject], iterations),
    figures: {},
  }));
}

function sizeOf({ quick, rounds }: Settings): { rounds: number; iterations: number } {
  return { rounds: rounds ?? (quick ? 1 : 15), iterations: quick ? 200 : 10_000 };
}

export const envelope: Benchmark = {
  name: 'envelope',
  about:
    'a CALL on its way from edge to worker: the bus envelope with the payload as raw bytes against JSON and msgpack of the whole',
  run(settings, note) {
    const { rounds, iterations } = sizeOf(settings);
    const cases = MESSAGES[VERSION].flatMap(casesOf);
    const samples: Sample[] = [];
    for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
      note(round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`);
      const taken = cases.flatMap((each) => measure(each, Math.abs(round), iterations));
      if (round >= 0) samples.push(...taken);
    }
    const comparisons = REFERENCES.flatMap((reference): Comparison[] =>
      cases.map(({ name }) => ({ case: name, subject: 'envelope', reference })),
    );
    return Promise.resolve({ settings: { rounds, iterations, inputs: INPUTS }, samples, comparisons });
  },
};
