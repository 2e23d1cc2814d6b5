import { after, afterEach, before } from 'node:test';
import assert from 'node:assert/strict';
import { ManualClock } from '../../clock/mod.js';
import { VERSIONS, type Version } from '../../ocpp/mod.js';
import { createRandom } from '../random.js';
import { Recorder } from './recorder.js';
import { Station } from '../station.js';
import type { StationOptions } from '../options.js';
import { CentralSystem, until } from './central-system.js';

/** A central system, stations with a clock that the test moves, and what they recorded. */
export interface Rig {
  readonly central: CentralSystem;
  readonly clock: ManualClock;
  readonly recorder: Recorder;
  /** A station that is not started. */
  station(version: Version, options?: Partial<StationOptions>): Station;
  /** A station that is connected, accepted, and has told its statuses. */
  ready(version: Version, options?: Partial<StationOptions>): Promise<Station>;
  /** Resolves when the station has nothing to send and nothing outstanding. */
  quiet(station: Station): Promise<void>;
}

/**
 * Sets up a rig for the tests of a file; each test gets a new one. After each, the central system must have seen no
 * breach of the protocol.
 */
export function useRig(): Rig {
  let central: CentralSystem | undefined;
  let clock = new ManualClock();
  let recorder = new Recorder();
  let count = 0;
  const stations: Station[] = [];
  const current = () => {
    assert.ok(central, 'the rig is used inside a test');
    return central;
  };
  before(async () => {
    central = await CentralSystem.start();
  });
  afterEach(async () => {
    await Promise.all(stations.splice(0).map((station) => station.stop()));
    const { breaches } = current();
    await current().close();
    central = await CentralSystem.start();
    clock = new ManualClock();
    recorder = new Recorder();
    assert.deepEqual(breaches, []);
  });
  after(() => current().close());

  const rig: Rig = {
    get central() {
      return current();
    },
    get clock() {
      return clock;
    },
    get recorder() {
      return recorder;
    },
    station(version, options = {}) {
      const station = new Station({
        url: current().url,
        stationId: `S${++count}`,
        version,
        clock,
        random: createRandom(`seed ${version}`),
        observer: recorder,
        ...options,
      });
      stations.push(station);
      return station;
    },
    async ready(version, options) {
      const station = rig.station(version, options);
      station.start();
      await station.accepted();
      await rig.quiet(station);
      return station;
    },
    async quiet(station) {
      await until(
        () => station.session.pendingCalls === 0 && (station.outbox.length === 0 || !station.ready),
        `${station.stationId} is quiet`,
      );
      await clock.settle();
    },
  };
  return rig;
}

/** Runs `test` once for each version. */
export function forEachVersion(run: (version: Version) => void): void {
  for (const version of VERSIONS) run(version);
}
