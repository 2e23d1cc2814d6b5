import type { Clock } from '../clock/mod.js';
import type { Version } from '../ocpp/mod.js';
import type { CommandReply } from './calls.js';
import { Charging } from './charging/charging.js';
import { Visit, type ChargePlan, type VisitResult } from './charging/visit.js';
import type { BootReason, Dialect } from './dialect.js';
import { Jobs } from './jobs.js';
import { CertificateStore } from './model/certificates.js';
import { Evse, type ConnectorStatus } from './model/evse.js';
import { LocalList } from './model/local-list.js';
import { ChargingProfiles } from './model/profiles.js';
import type { RegistrationStatus } from './observer.js';
import { withDefaults, type Settings, type StationOptions } from './options.js';
import type { CallOutcome } from './outcomes.js';
import { Outbox } from './outbox.js';
import type { Random } from './random.js';
import { Session } from './session.js';
import { Timers } from './timers.js';
import type { IdToken, StopReason, Transaction, TransactionMessage } from './transaction.js';
import { Dialect16 } from './v16/dialect.js';
import { Dialect2x } from './v2x/dialect.js';

/**
 * A charging station: its devices, its session with the central system, and the queue of what the central system must
 * learn. Time and randomness come from outside, so that a run can be repeated.
 */
export class Station {
  readonly settings: Settings;
  readonly timers: Timers;
  readonly session: Session;
  readonly outbox: Outbox;
  readonly dialect: Dialect;
  readonly charging: Charging;
  readonly evses: readonly Evse[];
  readonly profiles = new ChargingProfiles();
  readonly localList = new LocalList();
  readonly certificates = new CertificateStore();
  readonly jobs: Jobs;
  /** False when ChangeAvailability has put the whole station out of service. */
  operative = true;
  firmwareVersion: string;
  #bootReason: BootReason = 'PowerUp';
  #afterAnswer: (() => void)[] = [];
  #whenIdle: (() => void) | undefined;
  #switchedOff = true;
  readonly #visits = new Set<Visit>();
  readonly #acceptance: (() => void)[] = [];
  readonly #drain: (() => void)[] = [];

  constructor(options: StationOptions) {
    this.settings = withDefaults(options);
    const { clock, random, evses, version } = this.settings;
    this.timers = new Timers(clock);
    this.jobs = new Jobs(this.timers, this.settings.stepMs);
    this.firmwareVersion = this.settings.firmwareVersion;
    this.evses = Array.from(
      { length: evses },
      (_, index) => new Evse(index + 1, random.integer(0, 1_000_000), clock.now()),
    );
    this.session = new Session(this.settings, {
      bootRequest: () => this.dialect.bootRequest(this.#bootReason),
      ready: (booted) => this.#ready(booted),
      answer: (id, action, payload) => this.#answer(id, action, payload),
      answered: () => this.#answered(),
      idle: () => {
        this.outbox.flush();
        this.#checkDrained();
      },
      heartbeatInterval: (seconds) => this.dialect.tuning.setHeartbeatSeconds(seconds),
    });
    this.outbox = new Outbox({
      clock,
      capacity: this.settings.outboxCapacity,
      retry: () => this.dialect.tuning.retry(),
      open: () => this.ready,
      transmit: (message, done) => this.#transmit(message, done),
      settled: (message) => this.#settled(message),
    });
    this.charging = new Charging(this);
    this.dialect = version === '1.6' ? new Dialect16(this) : new Dialect2x(this);
  }

  get stationId(): string {
    return this.settings.stationId;
  }

  get version(): Version {
    return this.settings.version;
  }

  get clock(): Clock {
    return this.settings.clock;
  }

  get random(): Random {
    return this.settings.random;
  }

  /** True while a connection stands. */
  get online(): boolean {
    return this.session.online;
  }

  /** True when the station is connected and accepted. */
  get ready(): boolean {
    return this.session.ready;
  }

  get registration(): RegistrationStatus | undefined {
    return this.session.registration;
  }

  /** Undefined when there is none of this number. */
  evse(id: number): Evse | undefined {
    return this.evses[id - 1];
  }

  /** Switches the station on: it connects, boots, and stays connected until `stop`. Transactions that a `stop` has cut off end now, by PowerLoss. */
  start(): void {
    if (!this.#switchedOff) return;
    this.#switchedOff = false;
    this.#bootReason = 'PowerUp';
    this.#powerUp();
  }

  /** Switches the station off: visits end as `powered_off`, timers are gone. Resolves when the connection is closed. */
  stop(): Promise<void> {
    this.#switchedOff = true;
    return this.#powerDown();
  }

  /** Resolves when the central system has accepted the station (at once if it has). */
  accepted(): Promise<void> {
    if (this.ready) return Promise.resolve();
    return new Promise((resolve) => this.#acceptance.push(resolve));
  }

  /** Resolves when nothing is in the queue and no CALL is outstanding. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#drain.push(resolve);
      this.#checkDrained();
    });
  }

  /** Sends any CALL in its turn. */
  call(action: string, payload: object): Promise<CallOutcome> {
    return new Promise((resolve) => this.session.call(action, payload, { done: resolve }));
  }

  /** One driver's visit, from plugging in to the acknowledgement of the last message. */
  charge(plan: ChargePlan): Promise<VisitResult> {
    return new Promise((resolve) => this.#visit(plan, resolve).begin());
  }

  /** A visit that the central system started; nobody waits for its end. False when the EVSE is not free. */
  chargeRemotely(evse: Evse, idToken: IdToken, remoteStartId: number | undefined): boolean {
    if (evse.busy || !['Available', 'Reserved'].includes(evse.status)) return false;
    const { remoteSessionMs } = this.settings;
    const plan: ChargePlan = {
      evseId: evse.id,
      idToken,
      ...(remoteSessionMs === undefined ? {} : { durationMs: remoteSessionMs }),
    };
    this.#visit(plan, () => undefined).beginRemotely(remoteStartId);
    return true;
  }

  /** Goes down and comes back after `rebootMs` with a BootNotification. Running transactions are stopped first. */
  reboot(reason: BootReason, stopReason: StopReason): void {
    this.#endTransactions(stopReason);
    this.#whenIdle = undefined;
    void this.#powerDown().then(() => {
      this.#bootReason = reason;
      if (!this.#switchedOff) this.timers.after(this.settings.rebootMs, () => this.#powerUp());
    });
  }

  /** Reboots into a new firmware when no vehicle is charging; `installed` is called after the boot was accepted. */
  installFirmware(installed: () => void): void {
    this.whenIdle(() => {
      this.firmwareVersion = nextVersion(this.firmwareVersion);
      this.#acceptance.push(installed);
      this.reboot('FirmwareUpdate', 'Reboot');
    });
  }

  /** Runs `action` when no EVSE is in use, which may be now. A later call takes the place of one that waits. */
  whenIdle(action: () => void): void {
    this.#whenIdle = action;
    this.checkIdle();
  }

  /** Runs what waits for an idle station, if it is one. */
  checkIdle(): void {
    if (this.evses.some((evse) => evse.busy)) return;
    const action = this.#whenIdle;
    this.#whenIdle = undefined;
    action?.();
  }

  /** Runs `action` when the command that is being handled has been answered. */
  afterAnswer(action: () => void): void {
    this.#afterAnswer.push(action);
  }

  /** Sets the status of a connector and tells the central system if it can be told. */
  setStatus(evse: Evse, status: ConnectorStatus): void {
    evse.status = status;
    this.reportStatus(evse);
  }

  /** Sends a StatusNotification unless the central system knows already. */
  reportStatus(evse: Evse): void {
    const status = this.dialect.statusOf(evse);
    if (!this.ready || evse.reported === status) return;
    evse.reported = status;
    this.session.call('StatusNotification', this.dialect.statusRequest(evse), {
      done: (outcome) => {
        if (outcome.kind !== 'result' && evse.reported === status) evse.reported = undefined;
      },
    });
  }

  beginTransaction(
    evse: Evse,
    facts: Pick<Transaction, 'id' | 'idToken'> & { readonly remoteStartId?: number | undefined },
  ): Transaction {
    const now = this.clock.now();
    const transaction: Transaction = {
      stationId: this.stationId,
      evseId: evse.id,
      id: facts.id,
      idToken: facts.idToken,
      nextSeqNo: 0,
      remoteStartId: facts.remoteStartId,
      reservationId: evse.reservation?.id,
      startedAt: now,
      meterStartWh: evse.meter.read(now),
      chargingState: 'EVConnected',
      stopReason: undefined,
      ended: false,
      unsettled: 0,
      givenUp: 0,
      onSettled: undefined,
    };
    evse.transaction = transaction;
    evse.reservation = undefined;
    this.settings.observer?.onTransaction?.(transaction, 'started');
    return transaction;
  }

  /** No message of the transaction will follow those that are in the queue. */
  endTransaction(evse: Evse): void {
    const { transaction } = evse;
    if (transaction === undefined) return;
    transaction.ended = true;
    evse.transaction = undefined;
    this.profiles.clear({ evseId: evse.id, purpose: 'TxProfile' });
    this.settings.observer?.onTransaction?.(transaction, 'ended');
  }

  /** Puts a message of a transaction into the queue; it goes as soon as it can. */
  enqueue(
    transaction: Transaction,
    action: TransactionMessage['action'],
    part: TransactionMessage['part'],
    payload: object,
  ): void {
    this.outbox.add({
      transaction,
      action,
      part,
      payload,
      createdAt: this.clock.now(),
      sentAs: [],
      failures: 0,
      outcome: undefined,
    });
  }

  #checkDrained(): void {
    if (this.outbox.length > 0 || this.session.pendingCalls > 0) return;
    for (const resolve of this.#drain.splice(0)) resolve();
  }

  #visit(plan: ChargePlan, done: (result: VisitResult) => void): Visit {
    const evse = this.evse(plan.evseId ?? 1);
    if (evse === undefined) throw new Error(`${this.stationId} has no EVSE ${plan.evseId ?? 1}`);
    const visit = new Visit(this, evse, plan, (result) => {
      this.#visits.delete(visit);
      done(result);
    });
    this.#visits.add(visit);
    return visit;
  }

  #powerDown(): Promise<void> {
    this.timers.cancelAll();
    this.jobs.clear();
    this.outbox.pause();
    this.charging.halt();
    for (const visit of [...this.#visits]) visit.powerOff();
    return this.session.stop().then(() => this.session.forgetRegistration());
  }

  /** Ends what a power cut has left: open transactions, and reservations, which are not kept. */
  #powerUp(): void {
    this.#endTransactions('PowerLoss');
    for (const evse of this.evses) {
      evse.reservation = undefined;
      if (evse.status !== 'Faulted') evse.status = evse.restStatus;
    }
    this.session.start();
  }

  #endTransactions(reason: StopReason): void {
    for (const evse of this.evses) {
      this.charging.stop(evse, reason);
      this.charging.unplug(evse);
    }
  }

  #ready(booted: boolean): void {
    if (booted) {
      this.dialect.booted();
      for (const evse of this.evses) evse.reported = undefined;
      const request = this.dialect.stationStatusRequest();
      if (request !== undefined) this.session.call('StatusNotification', request);
    }
    for (const evse of this.evses) this.reportStatus(evse);
    for (const resolve of this.#acceptance.splice(0)) resolve();
    this.outbox.flush();
  }

  #answer(id: string, action: string, payload: unknown): CommandReply {
    const reply = this.dialect.command(action, payload);
    const { stationId, version } = this;
    this.settings.observer?.onCommand?.({ stationId, version, id, action, payload, reply });
    return reply;
  }

  #answered(): void {
    for (const action of this.#afterAnswer.splice(0)) action();
  }

  #transmit(message: TransactionMessage, done: (outcome: CallOutcome) => void): void {
    this.session.call(message.action, this.dialect.finalPayload(message), { message, done });
  }

  #settled(message: TransactionMessage): void {
    const { transaction, outcome } = message;
    if (outcome?.kind === 'result') this.#takeAnswer(message, outcome.payload);
    if (!transaction.ended || transaction.unsettled > 0) return;
    this.settings.observer?.onTransaction?.(transaction, 'settled');
    transaction.onSettled?.();
  }

  #takeAnswer(message: TransactionMessage, answer: unknown): void {
    const status = this.dialect.takeAnswer(message, answer);
    if (status === undefined || status === 'Accepted' || !this.dialect.tuning.stopOnInvalidId()) return;
    const evse = this.evse(message.transaction.evseId);
    if (evse?.transaction === message.transaction) this.charging.stop(evse, 'DeAuthorized');
  }
}

/** The version with its last number raised. */
function nextVersion(version: string): string {
  return version.replace(/\d+$/, (digits) => String(Number(digits) + 1));
}
