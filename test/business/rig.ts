import { createChannel, createClient, type Channel } from 'nice-grpc';
import {
  CommandServiceDefinition,
  type CommandServiceClient,
} from '../../libs/api/generated/stationmaster/v1/commands.js';
import {
  EventServiceDefinition,
  type EventServiceClient,
} from '../../libs/api/generated/stationmaster/v1/events.js';
import {
  StationServiceDefinition,
  type StationServiceClient,
} from '../../libs/api/generated/stationmaster/v1/stations.js';
import { systemClock } from '../../libs/clock/mod.js';
import type { Version } from '../../libs/ocpp/mod.js';
import { createRandom, Station, type ReceivedCommand } from '../../libs/station/mod.js';
import { within } from '../client/until.js';
import { distributed } from '../topology/distributed.js';
import { inProcess } from '../topology/standalone.js';
import type { Settings, StartTopology, Topology } from '../topology/topology.js';

/** The topologies that business services find, by name. */
export const TOPOLOGIES: Readonly<Record<string, StartTopology>> = {
  standalone: inProcess('uws'),
  distributed,
};

/** Clients of the gRPC services of a gateway. */
export interface Services {
  readonly commands: CommandServiceClient;
  readonly events: EventServiceClient;
  readonly stations: StationServiceClient;
}

/** A gateway, with gRPC clients and simulated stations. */
export class Rig {
  readonly services: Services;
  readonly #channel: Channel;
  readonly #stations: Station[] = [];

  private constructor(readonly topology: Topology) {
    this.#channel = createChannel(topology.grpcAddress);
    this.services = {
      commands: createClient(CommandServiceDefinition, this.#channel),
      events: createClient(EventServiceDefinition, this.#channel),
      stations: createClient(StationServiceDefinition, this.#channel),
    };
  }

  /** To be closed by who starts it. */
  static async start(start: StartTopology, settings: Settings = {}): Promise<Rig> {
    return new Rig(await start(settings));
  }

  /** A simulated station that is not started. What it is sent is put into `received`. */
  station(stationId: string, version: Version, received: ReceivedCommand[] = []): Station {
    const station = new Station({
      url: this.topology.ocppUrl,
      stationId,
      version,
      clock: systemClock(),
      random: createRandom(stationId),
      backoff: { minimumMs: 50, randomRangeMs: 50, repeatTimes: 0 },
      rebootMs: 20,
      stepMs: 20,
      observer: { onCommand: (command) => void received.push(command) },
    });
    this.#stations.push(station);
    return station;
  }

  /** One that is connected and accepted. */
  async accepted(stationId: string, version: Version, received?: ReceivedCommand[]): Promise<Station> {
    const station = this.station(stationId, version, received);
    station.start();
    await within(`the acceptance of ${stationId}`, station.accepted());
    return station;
  }

  async close(): Promise<void> {
    await Promise.all(this.#stations.map(async (station) => await station.stop()));
    this.#channel.close();
    await this.topology.close();
  }
}
