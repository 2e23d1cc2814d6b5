/** User and system CPU time of all threads of this process since its start, in µs (getrusage). */
export function ownCpu(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
