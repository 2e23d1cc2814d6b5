import { ServerError, Status, type CallContext } from 'nice-grpc-common';
import type { grpc, StationSnapshot } from '../../../libs/api/mod.js';
import type { Bus } from '../../../libs/bus/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import type { Dispatcher } from '../../../libs/dispatch/mod.js';
import type { Logger } from '../../../libs/ops/mod.js';
import { credentialFor, isStricter, opensToAnybody, ShutOuts } from '../../../libs/provisioning/mod.js';
import type { Directory, StationRecord } from '../../../libs/store/mod.js';
import type { ApiContext } from '../context.js';
import { tokenOf, type RunningCommands } from '../commands/mod.js';
import { changeStation, notFound, tidied } from './directory-changes.js';
import { listStations } from './listing.js';
import { PasswordWriter } from './password-writer.js';
import { doorOf, minimumProfileOf, quirksOf, serialNumberOf, stationIdOf, stationOf } from './requests.js';
import { Rotation } from './rotation.js';
import { stateOf } from './state.js';
import { timeOf } from './time.js';
import { fieldsOf } from './update-mask.js';

export interface StationServiceOptions {
  readonly directory: Directory;
  readonly dispatcher: Pick<Dispatcher, 'ask'>;
  readonly commands: Pick<RunningCommands, 'enqueue'>;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Why the directory cannot be changed here, in words that say what to change instead. Left out: it can. */
  readonly readOnly?: string;
}

type Context = CallContext & ApiContext;

/** How long a station's worker has to tell its state, where the caller does not say. */
const STATE_MS = 5000;

/** The StationService (stations.proto). Passwords are neither logged nor kept; a generated one is told once. */
export function stationService(
  options: StationServiceOptions,
): grpc.StationServiceImplementation<ApiContext> {
  return new Stations(options).methods();
}

class Stations {
  readonly #directory: Directory;
  readonly #shutOuts: ShutOuts;
  readonly #writer: PasswordWriter;
  readonly #rotation: Rotation;

  constructor(private readonly options: StationServiceOptions) {
    const { directory, bus, logger, clock } = options;
    this.#directory = directory;
    this.#shutOuts = new ShutOuts(bus, logger);
    this.#writer = new PasswordWriter(options);
    this.#rotation = new Rotation({ directory, writer: this.#writer, clock });
  }

  methods(): grpc.StationServiceImplementation<ApiContext> {
    return {
      createStation: (request) => this.#create(request),
      getStation: async ({ stationId }) => ({ station: messageOf(await this.#get(stationIdOf(stationId))) }),
      updateStation: (request) => this.#update(request),
      listStations: async (request) => {
        const { records, nextPageToken } = await listStations(this.#directory, request);
        return { stations: records.map(messageOf), nextPageToken };
      },
      deleteStation: (request) => this.#delete(request),
      setPassword: (request, context) => this.#setPassword(request, context),
      rotatePassword: async (request, context) => {
        this.#mustBeOurs();
        return this.#rotation.rotate(request, context);
      },
      disconnectStation: async ({ stationId }) => {
        tokenOf(stationId);
        await this.#shutOuts.tell(stationId);
        return {};
      },
      getStationState: (request, context) => this.#state(request, context),
    };
  }

  async #create(request: grpc.CreateStationRequest): Promise<grpc.CreateStationResponse> {
    this.#mustBeOurs();
    const station = stationOf(request);
    const { stationId, disabled } = station;
    const minimumSecurityProfile = minimumProfileOf(station);
    const quirks = quirksOf(station);
    const serialNumber = serialNumberOf(station) ?? '';
    const password = doorOf(request);
    const credentials = password === undefined ? [] : [credentialFor(password.bytes, [])];
    const record = tidied({ stationId, disabled, serialNumber, credentials, minimumSecurityProfile, quirks });
    if (!(await this.#directory.replace(stationId, undefined, record))) {
      throw new ServerError(Status.ALREADY_EXISTS, `station ${stationId} is in the directory already`);
    }
    return { station: messageOf(record), generatedPassword: password?.generated ?? '' };
  }

  async #get(stationId: string): Promise<StationRecord> {
    const record = await this.#directory.get(stationId);
    if (record === undefined) throw notFound(stationId);
    return record;
  }

  async #update(request: grpc.UpdateStationRequest): Promise<grpc.UpdateStationResponse> {
    this.#mustBeOurs();
    const station = stationOf(request);
    const { stationId, disabled } = station;
    const fields = fieldsOf(request.updateMask);
    const changes: Partial<StationRecord> = {
      ...(fields.has('disabled') ? { disabled } : {}),
      ...(fields.has('minimum_security_profile')
        ? { minimumSecurityProfile: minimumProfileOf(station) }
        : {}),
      ...(fields.has('quirks') ? { quirks: quirksOf(station) } : {}),
      ...(fields.has('serial_number') ? { serialNumber: serialNumberOf(station) ?? '' } : {}),
    };
    const { before, after } = await changeStation(this.#directory, stationId, (record) => {
      const next = tidied({ ...record, ...changes });
      mustNotOpen(next, record);
      return next;
    });
    // A repeat tells again: whoever made the change may have come to its end before it could.
    if (after.disabled === true || isStricter(after, before)) {
      await this.#shutOuts.tell(stationId);
    }
    return { station: messageOf(after) };
  }

  async #delete(request: grpc.DeleteStationRequest): Promise<grpc.DeleteStationResponse> {
    this.#mustBeOurs();
    const stationId = stationIdOf(request.stationId);
    const found = await this.#directory.remove(stationId);
    // Also when it is gone already: whoever removed it may have come to its end before it could tell.
    await this.#shutOuts.tell(stationId);
    if (!found) throw notFound(stationId);
    return {};
  }

  async #setPassword(
    request: grpc.SetPasswordRequest,
    { signal }: Context,
  ): Promise<grpc.SetPasswordResponse> {
    this.#mustBeOurs();
    const stationId = stationIdOf(request.stationId);
    const password = doorOf(request);
    const { before } = await changeStation(this.#directory, stationId, (record) => {
      const credentials = password === undefined ? [] : [credentialFor(password.bytes, record.credentials)];
      const { rotating: _, ...rest } = record;
      return { ...rest, credentials };
    });
    await this.#shutOuts.tell(stationId);
    if (before.rotating === true) await this.#writer.takeBack(stationId, signal);
    return { generatedPassword: password?.generated ?? '' };
  }

  async #state(
    request: grpc.GetStationStateRequest,
    context: Context,
  ): Promise<grpc.GetStationStateResponse> {
    const { stationId } = request;
    const token = tokenOf(stationId);
    const { dispatcher, clock } = this.options;
    const { leftMs } = timeOf(context, clock, STATE_MS);
    const question = { kind: 'query', about: 'station' } as const;
    const { signal } = context;
    const snapshot = await dispatcher.ask(token, question, leftMs, { signal });
    return { state: stateOf(stationId, snapshot as StationSnapshot) };
  }

  /** @throws ServerError FAILED_PRECONDITION */
  #mustBeOurs(): void {
    const { readOnly } = this.options;
    if (readOnly !== undefined) throw new ServerError(Status.FAILED_PRECONDITION, readOnly);
  }
}

/** Taking a serial number away opens no door. @throws ServerError FAILED_PRECONDITION */
function mustNotOpen(next: StationRecord, record: StationRecord): void {
  if (!opensToAnybody(next) || opensToAnybody(record)) return;
  throw new ServerError(
    Status.FAILED_PRECONDITION,
    `station ${record.stationId} has no password: without its serial number anybody could connect as it; set a password first`,
  );
}

function messageOf(record: StationRecord): grpc.Station {
  const { stationId, disabled, serialNumber = '', credentials, rotating } = record;
  const { minimumSecurityProfile = 0, quirks = [] } = record;
  return {
    stationId,
    serialNumber,
    disabled: disabled === true,
    minimumSecurityProfile,
    quirks: [...quirks],
    passwords: credentials.length,
    rotating: rotating === true,
  };
}
