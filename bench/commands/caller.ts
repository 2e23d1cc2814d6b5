// A business service that sends commands: with the TypeScript client over gRPC, or by plain requests over NATS.
import { connect as connectNats, type NatsConnection } from '@nats-io/transport-node';
import { connect } from '../../libs/api/client/mod.js';
import { ownCpu } from '../harness/cpu.js';
import type { Done, Order, Via } from './protocol.js';

/** Sends one command to the station of this number. Rejects unless the station's answer comes. */
type Send = (station: number) => Promise<void>;

interface Caller {
  readonly send: Send;
  close(): Promise<void>;
}

const TIMEOUT_MS = 30_000;

/** One for each address, so that each run finds its connection open. */
const callers = new Map<string, Caller>();

async function callerOf(via: Via): Promise<Caller> {
  const key = JSON.stringify(via);
  const open = callers.get(key);
  if (open !== undefined) return open;
  const caller = via.kind === 'gRPC' ? overGrpc(via.address) : await overNats(via.url, via.subject);
  callers.set(key, caller);
  return caller;
}

function overGrpc(address: string): Caller {
  const gateway = connect({ address });
  return {
    async send(station) {
      const { status } = await gateway.send(`bench-${station}`, 'ClearCache', {});
      if (status !== 'Accepted') throw new Error(`station ${station} answered ${status}`);
    },
    close: async () => gateway.close(),
  };
}

async function overNats(url: string, subject: string | undefined): Promise<Caller> {
  const nats: NatsConnection = await connectNats({ servers: url });
  return {
    async send(station) {
      const to = subject ?? `csms.command.bench-${station}.ClearCache`;
      const { data } = await nats.request(to, '{}', { timeout: TIMEOUT_MS });
      const text = Buffer.from(data).toString();
      if (!text.includes('"Accepted"')) throw new Error(`station ${station} answered ${text.slice(0, 300)}`);
    },
    close: () => nats.close(),
  };
}

async function run({ via, stations, count, outstanding }: Order): Promise<Done> {
  const { send } = await callerOf(via);
  const latenciesMs: number[] = [];
  const cpuBefore = ownCpu();
  const startedAt = performance.now();
  let sent = 0;
  const one = async (): Promise<void> => {
    while (sent < count) {
      const station = sent++ % stations;
      const sentAt = performance.now();
      await send(station);
      latenciesMs.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: outstanding }, one));
  return { latenciesMs, elapsedMs: performance.now() - startedAt, cpu: ownCpu() - cpuBefore };
}

process.on('message', (order: Order) => {
  run(order).then(
    (done) => process.send?.(done),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
