import type { Version } from '../../../libs/ocpp/mod.js';
import { BOOT } from './samples.fixture.js';
import { configWith, TestStation } from './station.fixture.js';

export function connected(version: Version = '1.6'): TestStation {
  const station = new TestStation(version);
  station.connect();
  return station;
}

/** A station that has booted, and was told so. */
export function booted(version: Version, status: 'Accepted' | 'Pending' | 'Rejected'): TestStation {
  const station = new TestStation(version, configWith(['BootNotification']));
  station.connect();
  boot(station, status);
  return station;
}

export function boot(station: TestStation, status: 'Accepted' | 'Pending' | 'Rejected'): void {
  station.callAny('BootNotification', BOOT[station.connection.version]);
  station.decide({ status });
}

/** How commands ended, in order, by their ids. */
export const statuses = (station: TestStation): string[] =>
  station.outcomes.map(({ reply, outcome }) => `${reply.replace('inbox.', '')} ${outcome.status}`);

/** Message ids of the CALLs to the station. */
export const sent = (station: TestStation): string[] => station.orders().map(({ id }) => id);

/** The commands that the station was sent, by the CALLs that it got. */
export const calls = (station: TestStation): unknown[] =>
  station.orders().map(({ frame }) => (JSON.parse(frame) as unknown[]).slice(1));

export const eventsOf = (station: TestStation): string[] =>
  station.events.flatMap(({ type, data }) =>
    'commandId' in data ? [`${data.commandId} ${type}${'outcome' in data ? ` ${data.outcome}` : ''}`] : [],
  );
