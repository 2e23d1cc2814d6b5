import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 2;

/** For what other processes and sockets do: resolves when `condition` holds; fails the test after `ms`, by the system's clock. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await condition())) {
    assert.ok(performance.now() < deadline, `not within ${ms} ms: ${condition.toString()}`);
    await sleep(POLL_MS);
  }
}
