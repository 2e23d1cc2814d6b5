import { messageOf, type Message } from '../messages.js';
import { DISTRIBUTED, STANDALONE } from './subjects.js';

/** Distributed, with the CPU time of nats-server and redis-server. */
export const WITH_SERVERS = 'distributed, with NATS and Redis';

export interface Case {
  readonly name: string;
  readonly message: Message;
  /** Largest multiple of the CPU time of the echo, by subject. */
  readonly targets: Readonly<Record<string, number>>;
  /** Its latencies are measured too. */
  readonly hasLatencies: boolean;
}

/** What changes nothing is answered from memory; the rest after it is durable. */
const AT_ONCE = { [STANDALONE]: 1.5, [DISTRIBUTED]: 2.5 };
const DURABLE = { [STANDALONE]: 2.5, [DISTRIBUTED]: 3.5, [WITH_SERVERS]: 6 };

export const CASES: readonly Case[] = [
  caseOf(messageOf('1.6', 'Heartbeat'), AT_ONCE, true),
  caseOf(messageOf('1.6', 'StatusNotification'), DURABLE, false),
  caseOf(messageOf('1.6', 'MeterValues'), DURABLE, true),
  caseOf(messageOf('2.0.1', 'TransactionEvent'), DURABLE, false),
];

function caseOf(message: Message, targets: Case['targets'], hasLatencies: boolean): Case {
  return { name: `${message.version} ${message.action}`, message, targets, hasLatencies };
}
