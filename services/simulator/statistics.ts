import type {
  CallOutcome,
  ConnectionEnd,
  Observer,
  PeerFault,
  ReceivedCommand,
  RegistrationStatus,
  SentCall,
} from '../../libs/station/mod.js';
import type { Version } from '../../libs/ocpp/mod.js';
import { Percentiles } from './percentiles.js';
import { Problems } from './problems.js';

/** Counts what the stations do. One for all of them. */
export class Statistics implements Observer {
  readonly roundTrips = new Percentiles();
  readonly problems = new Problems();
  readonly calls = { sent: 0, answered: 0, errors: 0, timeouts: 0, invalid: 0, lost: 0 };
  readonly sessions: Record<Version, number> = { '1.6': 0, '2.0.1': 0, '2.1': 0 };
  readonly commands = new Map<string, number>();
  online = 0;
  booted = 0;
  reconnections = 0;
  charging = 0;
  /** Protocol errors of the gateway. */
  faults = 0;
  readonly #ended: (stationId: string, end: ConnectionEnd) => void;
  readonly #seen = new Set<string>();
  readonly #connected = new Set<string>();
  readonly #accepted = new Set<string>();

  /** @param ended is told of every connection that ended or could not be made. */
  constructor(ended: (stationId: string, end: ConnectionEnd) => void = () => undefined) {
    this.#ended = ended;
  }

  /** True as long as no station has ever been online. */
  get isUntouched(): boolean {
    return this.#seen.size === 0;
  }

  get sessionsDone(): number {
    return this.sessions['1.6'] + this.sessions['2.0.1'] + this.sessions['2.1'];
  }

  hasBeenOnline(stationId: string): boolean {
    return this.#seen.has(stationId);
  }

  onOpen(stationId: string): void {
    this.online++;
    this.#connected.add(stationId);
    if (this.#seen.has(stationId)) this.reconnections++;
    this.#seen.add(stationId);
  }

  onEnd(stationId: string, end: ConnectionEnd): void {
    if (this.#connected.delete(stationId)) this.online--;
    this.#ended(stationId, end);
  }

  onRegistration(stationId: string, status: RegistrationStatus): void {
    if (status !== 'Accepted' || this.#accepted.has(stationId)) return;
    this.#accepted.add(stationId);
    this.booted++;
  }

  onCall(): void {
    this.calls.sent++;
  }

  onAnswer({ action, stationId }: SentCall, outcome: CallOutcome, roundTripMs: number): void {
    switch (outcome.kind) {
      case 'result':
        this.calls.answered++;
        this.roundTrips.add(roundTripMs);
        return;
      case 'error':
        this.calls.errors++;
        this.problems.add(`${action} answered by ${outcome.code}`, `${stationId}: ${outcome.description}`);
        return;
      case 'invalid':
        this.calls.invalid++;
        this.problems.add(`${action} answered against the schema`, `${stationId}: ${outcome.detail}`);
        return;
      case 'timeout':
        this.calls.timeouts++;
        this.problems.add(`${action} not answered in time`, stationId);
        return;
      default:
        this.calls.lost++;
    }
  }

  onCommand({ action }: ReceivedCommand): void {
    this.commands.set(action, (this.commands.get(action) ?? 0) + 1);
  }

  onFault(stationId: string, fault: PeerFault): void {
    this.faults++;
    this.problems.add(`frame of the gateway: ${fault.kind}`, `${stationId}: ${fault.detail}`);
  }
}
