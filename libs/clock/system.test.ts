import { setTimeout as sleep } from 'node:timers/promises';
import { clockContract } from './contract.js';
import { systemClock } from './mod.js';

clockContract('system clock', () => ({ clock: systemClock(), pass: async (ms) => void (await sleep(ms)) }));
