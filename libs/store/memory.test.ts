import { ManualClock } from '../clock/mod.js';
import { storeContract } from './contract.js';
import { memoryStore } from './mod.js';

storeContract(
  'memory',
  async ({ shards }) => {
    const clock = new ManualClock();
    const store = memoryStore({ clock, shards });
    return { store, pass: (ms) => clock.advance(ms), dispose: () => store.close() };
  },
  { durable: false },
);
