// Loaded into every measured server before its own code: tells its CPU time when asked, and ends the server when the
// benchmark is gone.
import { ownCpu } from '../harness/cpu.js';

process.on('message', (message) => {
  if (message === null || typeof message !== 'object' || !('ask' in message)) return;
  process.send?.({ cpu: ownCpu() });
});
process.on('disconnect', () => process.exit());
// The server lives as long as it would without this.
process.channel?.unref();
