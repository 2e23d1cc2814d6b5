import { Worker } from 'node:worker_threads';
import type { TallyData } from './tally.js';
import type { Endpoint } from './wire/line.js';

export interface AttackOrders {
  readonly endpoint: Endpoint;
  /** A second gateway, which knows one station (attacks/closed-door.ts). */
  readonly door: Endpoint | undefined;
  readonly seed: number;
  /** OCPP messages and other WebSocket frames, about. */
  readonly frames: number;
  /** Wait for the gateway's own time limits, which take up to a minute. */
  readonly patient: boolean;
}

/** What the attacker's thread tells. */
export type AttackReport =
  { readonly kind: 'began'; readonly attack: string } | { readonly kind: 'ended'; readonly tally: TallyData };

/**
 * Carries the orders out in a thread of its own, so that its work does not slow down those who measure. Resolves with
 * what each attack did.
 */
export async function attack(orders: AttackOrders, began: (attack: string) => void): Promise<TallyData[]> {
  const tallies: TallyData[] = [];
  const thread = new Worker(new URL('./attacker-thread.js', import.meta.url), { workerData: orders });
  await new Promise<void>((resolve, reject) => {
    thread.on('message', (report: AttackReport) => {
      if (report.kind === 'began') began(report.attack);
      else tallies.push(report.tally);
    });
    thread.on('error', reject);
    thread.on('exit', (status) => {
      if (status === 0) resolve();
      else reject(new Error(`the attacker's thread ended with ${status}`));
    });
  });
  return tallies;
}
