/** True when arrays and objects stand more than `limit` deep in each other. */
export function nestsDeeperThan(limit: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return limit === 0 || Object.values(value).some((member) => nestsDeeperThan(limit - 1, member));
}
