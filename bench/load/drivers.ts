import type { Latencies } from './latencies.js';
import type { Pace } from './protocol.js';
import type { LoadStation } from './station.js';

/** The two ways in which stations are driven. */

/** Closed loop: each station sends, is answered, sends again, until all of them together have done `roundTrips`. */
export function inTurn(
  stations: readonly LoadStation[],
  roundTrips: number,
  latencies: Latencies,
): Promise<void> {
  let sent = 0;
  return new Promise((resolve) => {
    const send = (station: LoadStation, now: number): void => {
      sent++;
      station.sentAt = now;
      station.send();
    };
    const onAnswer = (station: LoadStation): void => {
      const now = performance.now();
      latencies.add(now - station.sentAt);
      if (sent < roundTrips) send(station, now);
      else if (latencies.isComplete) resolve();
    };
    for (const station of stations.slice(0, roundTrips)) {
      station.onAnswer = onAnswer;
      send(station, performance.now());
    }
  });
}

/**
 * Open loop: CALLs fall due at even distances, whatever the answers do. One that falls due while every station waits for an
 * answer is sent by the next that is free, or, where `leavesOut`, not at all. Latencies count from when a CALL fell due, so what
 * waits is not left out of them (coordinated omission). `late` is told how much later than due each was sent.
 */
export function atPace(
  stations: readonly LoadStation[],
  roundTrips: number,
  { perSecond, leavesOut = false }: Pace,
  latencies: Latencies,
  late: Latencies,
): Promise<void> {
  const free = [...stations];
  const startedAt = performance.now();
  const dueAt = (number: number): number => startedAt + (number * 1000) / perSecond;
  let due = 0;
  let sent = 0;
  return new Promise((resolve) => {
    const sendDue = (): void => {
      const now = performance.now();
      while (sent < roundTrips && dueAt(due) <= now) {
        const station = free.shift();
        if (station === undefined && !leavesOut) return;
        const sentAt = dueAt(due++);
        if (station === undefined) continue;
        sent++;
        late.add(now - sentAt);
        station.sentAt = sentAt;
        station.send();
      }
    };
    const timer = setInterval(sendDue, 1);
    for (const station of stations) {
      station.onAnswer = () => {
        latencies.add(performance.now() - station.sentAt);
        free.push(station);
        if (!latencies.isComplete) return sendDue();
        clearInterval(timer);
        resolve();
      };
    }
  });
}
