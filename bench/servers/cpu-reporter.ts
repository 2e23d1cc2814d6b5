// Loaded into every measured server before its own code: tells its CPU time or its memory when asked, and ends the server
// when the benchmark is gone.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ownCpu } from '../harness/cpu.js';

let collect: (() => void) | undefined;

/** After a full collection: bytes of the heap's objects and of buffers, and what is resident. */
function memory(): object {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  for (let times = 0; times < 3; times++) collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}

process.on('message', (message) => {
  if (message === null || typeof message !== 'object' || !('ask' in message)) return;
  process.send?.(message.ask === 'memory' ? { memory: memory() } : { cpu: ownCpu() });
});
process.on('disconnect', () => process.exit());
// The server lives as long as it would without this.
process.channel?.unref();
