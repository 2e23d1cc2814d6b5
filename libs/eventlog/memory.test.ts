import { ManualClock } from '../clock/mod.js';
import { eventLogContract } from './contract.js';
import { memoryEventLog } from './mod.js';

eventLogContract(
  'memory',
  async (retention) => {
    const clock = new ManualClock();
    const log = memoryEventLog({ clock, ...retention });
    return { log, pass: (ms) => clock.advance(ms), dispose: () => log.close() };
  },
  { durable: false, scans: true, totalOrder: true },
);
