import type { Timer } from '../clock/mod.js';
import { subprotocolOf } from '../ocpp/mod.js';
import { backoffDelay } from './backoff.js';
import { Calls, type CommandReply } from './calls.js';
import { openConnection, type Connection, type ConnectionEnd } from './connection.js';
import type { RegistrationStatus, SentCall } from './observer.js';
import type { Settings } from './options.js';
import type { CallOutcome } from './outcomes.js';
import type { TransactionMessage } from './transaction.js';

/** What a session asks of the station that it belongs to. */
export interface SessionHooks {
  /** A BootNotification with the reason of the last start. */
  bootRequest(): object;
  /** The station may send: after an accepted boot (`booted`), or after a mere reconnection. */
  ready(booted: boolean): void;
  answer(id: string, action: string, payload: unknown): CommandReply;
  /** The answer to a CALL of the central system is on the wire. */
  answered(): void;
  /** A CALL has ended, so there may be room for another. */
  idle(): void;
  /** The central system has set the heartbeat interval. */
  heartbeatInterval(seconds: number): void;
}

export interface CallOptions {
  /** Sent although the station is not accepted yet, because the central system asked for it. */
  readonly triggered?: boolean;
  readonly message?: TransactionMessage;
  readonly done?: (outcome: CallOutcome) => void;
}

/** A central system that does not answer a closing handshake for so long is left without it. */
const CLOSE_MS = 5000;

/**
 * One station's relation to its central system over all its connections: connect, boot until accepted, heartbeat, and
 * connect again when the connection is lost. Registration outlives the connection: after a mere reconnection no
 * BootNotification is sent (2.0.1 B01; CONFORMANCE: registration is kept per station, not per socket).
 */
export class Session {
  readonly #settings: Settings;
  readonly #hooks: SessionHooks;
  readonly #calls: Calls;
  readonly #idPrefix: string;
  #nextId = 1;
  #connection: Connection | undefined;
  #open = false;
  #wanted = false;
  #registration: RegistrationStatus | undefined;
  #password: string | Uint8Array | undefined;
  #failures = 0;
  #timeoutsInARow = 0;
  #reconnect: Timer | undefined;
  #bootTimer: Timer | undefined;
  /** Monotonic time before which no BootNotification may be sent: the central system's interval counts across connections. */
  #bootDue = 0;
  #heartbeat: Timer | undefined;
  #heartbeatMs = 0;
  #lastSent = 0;
  readonly #closed: (() => void)[] = [];

  constructor(settings: Settings, hooks: SessionHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
    this.#password = settings.password;
    const { clock, random, stationId, observer } = settings;
    this.#idPrefix = `${random.text(8)}${clock.now().toString(36)}`;
    this.#calls = new Calls({
      version: settings.version,
      clock,
      maxWaiting: settings.maxWaitingCalls,
      checkAnswers: settings.checkAnswers,
      transmit: (text) => this.#connection?.send(text) ?? false,
      answer: (id, action, payload) => hooks.answer(id, action, payload),
      answered: () => hooks.answered(),
      fault: (fault) => observer?.onFault?.(stationId, fault),
    });
  }

  /** True while a connection stands. */
  get online(): boolean {
    return this.#open;
  }

  /** Undefined until a BootNotification was answered. */
  get registration(): RegistrationStatus | undefined {
    return this.#registration;
  }

  /** True when the station may send what it likes. */
  get ready(): boolean {
    return this.#open && this.#registration === 'Accepted';
  }

  /** CALLs that wait or are outstanding. */
  get pendingCalls(): number {
    return this.#calls.pending;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    if (this.#connection === undefined) this.#connect();
  }

  /** Closes the connection and stays away. Resolves when the connection is gone. */
  stop(code = 1000, reason = ''): Promise<void> {
    this.#wanted = false;
    this.#reconnect?.cancel();
    this.#stopTimers();
    if (this.#connection === undefined) return Promise.resolve();
    const connection = this.#connection;
    const deadline = this.#settings.clock.setTimer(CLOSE_MS, () => connection.cut());
    const closed = new Promise<void>((resolve) => this.#closed.push(resolve));
    connection.close(code, reason);
    return closed.finally(() => deadline.cancel());
  }

  /** Cuts the line, as a lost network would; the station comes back by itself. */
  cut(): void {
    this.#connection?.cut();
  }

  /** Forgets the registration: the next connection begins with a BootNotification. */
  forgetRegistration(): void {
    this.#registration = undefined;
    this.#bootDue = 0;
  }

  /** Credentials of the next connection (WP A01, 2.0.1 A01: used as soon as they were accepted). */
  setPassword(password: string | Uint8Array): void {
    this.#password = password;
  }

  /** Closes the connection; a new one is opened after the back-off. */
  reconnect(reason: string): void {
    this.#connection?.close(1000, reason);
  }

  /** Boots again now, as after TriggerMessage(BootNotification). */
  boot(): void {
    this.#bootTimer?.cancel();
    this.#bootTimer = undefined;
    const payload = this.#hooks.bootRequest();
    this.#send('BootNotification', payload, { done: (outcome) => this.#booted(outcome) }, true);
  }

  setHeartbeatInterval(ms: number): void {
    this.#heartbeatMs = ms;
    this.#heartbeat?.cancel();
    this.#heartbeat = undefined;
    if (this.ready) this.#armHeartbeat(ms);
  }

  /** Sends a CALL in its turn. How it ends is told by `options.done`, never within this call. */
  call(action: string, payload: object, options: CallOptions = {}): void {
    const why = this.#obstacle(options.triggered ?? false);
    if (why === undefined) this.#send(action, payload, options, false);
    else this.#settings.clock.soon(() => options.done?.({ kind: 'unsent', why }));
  }

  /** Sends a SEND (2.1). False when the station may not send now. */
  send(action: string, payload: object): boolean {
    if (!this.ready || !this.#calls.send(this.#newId(), action, payload)) return false;
    this.#settings.observer?.onSend?.(this.#settings.stationId, action, payload);
    return true;
  }

  #obstacle(triggered: boolean): 'offline' | 'not_accepted' | undefined {
    if (!this.#open) return 'offline';
    const accepted = this.#registration === 'Accepted';
    return accepted || (triggered && this.#registration === 'Pending') ? undefined : 'not_accepted';
  }

  #newId(): string {
    return `${this.#idPrefix}-${this.#nextId++}`;
  }

  #idFor(message: TransactionMessage | undefined): string {
    const before = message?.sentAs.at(-1);
    return before === undefined || this.#settings.retryWithNewId ? this.#newId() : before;
  }

  #send(action: string, payload: object, options: CallOptions, first: boolean): void {
    const { clock, observer, stationId, version, callTimeoutMs } = this.#settings;
    const id = this.#idFor(options.message);
    let call: SentCall | undefined;
    let sentAt = 0;
    this.#calls.call({
      action,
      payload,
      id,
      first,
      timeoutMs: callTimeoutMs,
      sent: () => {
        sentAt = clock.monotonic();
        this.#lastSent = sentAt;
        options.message?.sentAs.push(id);
        if (observer === undefined) return;
        call = { stationId, version, id, action, payload, sentAt: clock.now(), message: options.message };
        observer.onCall?.(call);
      },
      done: (outcome) => {
        if (call !== undefined) observer?.onAnswer?.(call, outcome, clock.monotonic() - sentAt);
        this.#watchTimeouts(outcome);
        options.done?.(outcome);
        this.#hooks.idle();
      },
    });
  }

  /** A peer that answers nothing any more is no peer: connect anew. */
  #watchTimeouts(outcome: CallOutcome): void {
    this.#timeoutsInARow = outcome.kind === 'timeout' ? this.#timeoutsInARow + 1 : 0;
    if (this.#timeoutsInARow >= this.#settings.deadAfterTimeouts) this.cut();
  }

  #connect(): void {
    this.#reconnect = undefined;
    const { url, stationId, version, tls, compression, localAddress, handshakeTimeoutMs } = this.#settings;
    const subprotocol = subprotocolOf(version);
    this.#connection = openConnection(
      {
        url,
        stationId,
        subprotocol,
        password: this.#password,
        tls,
        compression,
        localAddress,
        handshakeTimeoutMs,
      },
      {
        opened: () => this.#opened(),
        received: (bytes) => this.#calls.receive(bytes),
        ended: (end) => this.#ended(end),
      },
    );
  }

  #opened(): void {
    this.#open = true;
    this.#failures = 0;
    this.#timeoutsInARow = 0;
    this.#settings.observer?.onOpen?.(this.#settings.stationId);
    if (this.#registration === 'Accepted') {
      this.#armHeartbeat(this.#heartbeatMs);
      this.#hooks.ready(false);
      return;
    }
    const wait = this.#bootDue - this.#settings.clock.monotonic();
    if (wait > 0) this.#bootLater(wait);
    else this.boot();
  }

  #ended(end: ConnectionEnd): void {
    this.#open = false;
    this.#connection = undefined;
    this.#stopTimers();
    this.#calls.lost();
    this.#settings.observer?.onEnd?.(this.#settings.stationId, end);
    for (const resolve of this.#closed.splice(0)) resolve();
    if (this.#wanted && this.#connection === undefined) this.#connectLater(end);
  }

  #connectLater(end: ConnectionEnd): void {
    const { backoff, random, clock } = this.#settings;
    const wait = backoffDelay(backoff, this.#failures++, random);
    const asked = end.kind === 'refused' ? (end.retryAfterMs ?? 0) : 0;
    this.#reconnect?.cancel();
    this.#reconnect = clock.setTimer(Math.max(wait, asked), () => this.#connect());
  }

  #booted(outcome: CallOutcome): void {
    if (outcome.kind === 'lost' || outcome.kind === 'unsent') return;
    const answer = outcome.kind === 'result' ? readBootAnswer(outcome.payload) : undefined;
    if (answer === undefined) {
      this.#bootLater(this.#settings.bootRetryMs);
      return;
    }
    this.#registration = answer.status;
    this.#settings.observer?.onRegistration?.(this.#settings.stationId, answer.status);
    if (answer.status === 'Accepted') {
      this.#hooks.heartbeatInterval(answer.intervalMs / 1000);
      this.setHeartbeatInterval(answer.intervalMs);
      this.#hooks.ready(true);
    } else {
      this.#bootLater(answer.intervalMs === 0 ? this.#settings.bootRetryMs : answer.intervalMs);
    }
  }

  #bootLater(ms: number): void {
    const { clock } = this.#settings;
    this.#bootDue = clock.monotonic() + ms;
    this.#bootTimer?.cancel();
    this.#bootTimer = clock.setTimer(ms, () => this.boot());
  }

  /** Interval 0 leaves it to the station, which then does without. */
  #armHeartbeat(ms: number): void {
    if (this.#heartbeatMs === 0) return;
    this.#heartbeat = this.#settings.clock.setTimer(ms, () => this.#beat());
  }

  /** Any CALL counts as a sign of life, so a heartbeat is due only after a silent interval (1.6 4.6, 2.0.1 G02). */
  #beat(): void {
    const silence = this.#settings.clock.monotonic() - this.#lastSent;
    const rest = this.#heartbeatMs - silence;
    if (rest > 0) {
      this.#armHeartbeat(rest);
      return;
    }
    this.call('Heartbeat', {});
    this.#armHeartbeat(this.#heartbeatMs);
  }

  #stopTimers(): void {
    this.#bootTimer?.cancel();
    this.#heartbeat?.cancel();
    this.#bootTimer = undefined;
    this.#heartbeat = undefined;
  }
}

/** The answer to a BootNotification is the same in all versions. */
function readBootAnswer(payload: unknown): { status: RegistrationStatus; intervalMs: number } | undefined {
  if (typeof payload !== 'object' || payload === null) return undefined;
  const { status, interval } = payload as { status?: unknown; interval?: unknown };
  if (status !== 'Accepted' && status !== 'Pending' && status !== 'Rejected') return undefined;
  return { status, intervalMs: typeof interval === 'number' ? Math.max(interval, 0) * 1000 : 0 };
}
