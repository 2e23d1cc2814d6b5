import { parentPort, workerData } from 'node:worker_threads';
import { ATTACKS } from './attacks/all.js';
import type { AttackOrders, AttackReport } from './attacker.js';
import { Siege, type Attack } from './siege.js';
import { Tally } from './tally.js';

const orders = workerData as AttackOrders;
const tell = (report: AttackReport): void => parentPort?.postMessage(report);

async function carryOut(attack: Attack): Promise<void> {
  tell({ kind: 'began', attack: attack.name });
  const tally = new Tally(attack.name);
  const { endpoint, door, seed, frames: campaign, patient } = orders;
  const frames = Math.round(campaign * attack.share);
  await attack.run(new Siege({ endpoint, door, seed, tally, frames, campaign, patient }));
  tell({ kind: 'ended', tally: tally.data() });
}

const background = ATTACKS.filter((attack) => attack.background === true).map(carryOut);
for (const attack of ATTACKS) if (attack.background !== true) await carryOut(attack);
await Promise.all(background);
// Connections that the gateway was told to forget may linger here.
process.exit(0);
