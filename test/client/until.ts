import { setTimeout as sleep } from 'node:timers/promises';

/** How long anything in this suite may take before it counts as not happening, in milliseconds. */
export const DEADLINE_MS = 20_000;

const POLL_MS = 5;

/**
 * Waits for `condition` to give something other than false and undefined, and gives that back.
 * @throws Error naming `what` when the deadline passes first.
 */
export async function until<T>(
  what: string,
  condition: () => T | false | undefined | Promise<T | false | undefined>,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain for ${what}`);
    await sleep(POLL_MS);
  }
}

/**
 * `promise`, but rejected when it takes longer than the deadline.
 * @throws Error naming `what`.
 */
export async function within<T>(what: string, promise: Promise<T>, deadlineMs = DEADLINE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${deadlineMs} ms in vain for ${what}`)), deadlineMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
