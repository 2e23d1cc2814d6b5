// Holds the data directory given as argument until it is killed.
import { openLmdb } from '../mod.js';

await openLmdb({ path: process.argv[2] ?? '' });
process.stdout.write('held\n');
setInterval(() => undefined, 1000);
