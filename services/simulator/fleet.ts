import type { Clock } from '../../libs/clock/mod.js';
import { subprotocolOf, VERSIONS, type Version } from '../../libs/ocpp/mod.js';
import { createRandom, Station, type Observer, type TlsOptions } from '../../libs/station/mod.js';
import type { SimulatorConfig } from './options.js';

/** A simulated station and the token that its drivers present. */
export interface Member {
  readonly station: Station;
  readonly idTag: string;
}

/** `2.0.1` in an id: `201`. */
const compact = (version: Version) => version.replaceAll('.', '');

export function versionsOf(config: SimulatorConfig): readonly Version[] {
  if (config.version === 'all') return VERSIONS;
  return VERSIONS.filter((version) => subprotocolOf(version) === config.version);
}

/** Number of stations in all. */
export function fleetSize(config: SimulatorConfig): number {
  return config.stations * versionsOf(config).length;
}

function passwordOf(config: SimulatorConfig, stationId: string): string | undefined {
  return config.passwordPrefix === undefined ? config.password : `${config.passwordPrefix}${stationId}`;
}

/** The stations, versions taking turns, so that a slow start brings some of each. */
export function* createFleet(
  config: SimulatorConfig,
  surroundings: { clock: Clock; observer: Observer; seed: number; tls: TlsOptions | undefined },
): Iterable<Member> {
  for (let number = 1; number <= config.stations; number++) {
    for (const version of versionsOf(config)) {
      const suffix = `${compact(version)}-${String(number).padStart(4, '0')}`;
      const stationId = `${config.idPrefix}${suffix}`;
      const station = new Station({
        url: config.url,
        stationId,
        version,
        clock: surroundings.clock,
        random: createRandom(`${surroundings.seed}/${stationId}`),
        observer: surroundings.observer,
        password: passwordOf(config, stationId),
        tls: surroundings.tls,
        callTimeoutMs: config.timeout,
        serialNumber: `SN-${suffix}`,
        ...(config.scenario === 'commands' ? { evses: 2, remoteSessionMs: config.sessionLength } : {}),
      });
      yield { station, idTag: config.idTag ?? `TAG${suffix}` };
    }
  }
}
