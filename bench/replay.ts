import type { Benchmark, Comparison, Sample } from './benchmark.js';
import { Child } from './harness/child.js';
import type { FromReader, FromReplayServer, LogName, ToReader, ToReplayServer } from './replay/protocol.js';

const LOGS: readonly LogName[] = ['memory', 'LMDB', 'JetStream'];
const REFERENCE: LogName = 'memory';
/** To be replayed at 5,000 a second at least. */
const EVENTS = 10_000;
const CASES = ['first reading', 'later reading'] as const;
const PATIENCE_MS = 120_000;

/** The same reader reads everything twice: once with cold compilers, once without. */
async function measure(log: LogName, events: number, round: number): Promise<Sample[]> {
  const server = new Child({ script: new URL('replay/server.js', import.meta.url) });
  const reader = new Child({ script: new URL('replay/reader.js', import.meta.url) });
  const ask = <Kind extends FromReplayServer['kind']>(kind: Kind, message: ToReplayServer) =>
    server.ask(
      message,
      (answer) => {
        const told = answer as FromReplayServer;
        return told.kind === kind ? (told as Extract<FromReplayServer, { kind: Kind }>) : undefined;
      },
      PATIENCE_MS,
    );
  try {
    const { port } = await ask('serving', { kind: 'serve', log, events });
    const samples: Sample[] = [];
    for (const each of CASES) {
      const { cpu: before } = await ask('cpu', { kind: 'cpu' });
      const message: ToReader = { kind: 'read', port };
      const read = await reader.ask(message, (answer) => answer as FromReader, PATIENCE_MS);
      if (read.events !== events) throw server.failure(`gave ${read.events} of ${events} events`);
      const { cpu: after } = await ask('cpu', { kind: 'cpu' });
      const figures = { 'events/s': (events / read.elapsedMs) * 1000 };
      samples.push({ case: each, subject: log, round, cpu: (after - before) / events, figures });
    }
    return samples;
  } finally {
    await reader.stop();
    // It ends the NATS server that it started.
    await server.stop(log === 'JetStream' ? 'SIGTERM' : 'SIGKILL');
  }
}

const COMPARISONS: readonly Comparison[] = CASES.flatMap((each) =>
  LOGS.map((subject) => ({ case: each, subject, reference: REFERENCE })),
);

export const replay: Benchmark = {
  name: 'replay',
  about: 'gateway CPU of an event of the past that is streamed over gRPC: LMDB and JetStream against memory',
  async run({ quick, rounds = quick ? 1 : 5 }, note) {
    const events = quick ? 1000 : EVENTS;
    const samples: Sample[] = [];
    for (let round = 0; round < rounds; round++) {
      for (const log of LOGS) {
        note(`round ${round + 1} of ${rounds}: ${log}`);
        samples.push(...(await measure(log, events, round)));
      }
    }
    return { settings: { rounds, events }, samples, comparisons: COMPARISONS };
  },
};
