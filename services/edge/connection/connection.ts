import {
  encodeUp,
  shardOf,
  stationToken,
  subjects,
  type Connection,
  type DecodedDown,
  type Failure,
  type Order,
  type Result,
} from '../../../libs/link/mod.js';
import {
  answerTo,
  checkCall,
  decodeFrame,
  errorCodeOf,
  type CallFrame,
  type ErrorFrame,
  type Fault,
  type FaultKind,
  type QuirkSet,
  type ResultFrame,
} from '../../../libs/ocpp/mod.js';
import type { Span } from '../../../libs/tracing/mod.js';
import { closeOfPeer, CLOSES, type CloseName } from '../closes.js';
import { forLog } from '../for-log.js';
import type { CallOutcome } from '../metrics.js';
import type { Socket, SocketHandler } from '../socket/mod.js';
import type { ConnectionTap } from '../tap/mod.js';
import type { ConnectionContext, HeldRoute } from './context.js';
import { Flow, Pause } from './flow.js';
import { InboundCalls, type CallInFlight } from './inbound-calls.js';
import { Liveness } from './liveness.js';
import { OutboundOrder } from './outbound-order.js';
import { runsAfter } from './running.js';
import { callSpan, endCall, orderSpan } from './spans.js';
import { Uplink } from './uplink.js';

const NO_DETAILS = Buffer.from('{}');
/** The second byte of a CALLERROR: its message type. */
const CALL_ERROR = '4'.charCodeAt(0);

/**
 * One station's WebSocket: checks what the station sends and passes it on to the worker, and what the worker says to the
 * station. The worker decides; a connection keeps only what is needed to lose nothing when the worker changes. Times
 * are the clock's monotonic milliseconds.
 */
export class StationConnection implements SocketHandler, HeldRoute {
  readonly shard: number;
  readonly upSubject: string;
  readonly replySubject: string;
  /** Owned by the registry's sweep. */
  attended = false;
  /** A hint: see `runsAfter`. */
  runsTransaction = false;
  /** Owned by the taps; undefined: nobody taps the station. */
  tap: ConnectionTap | undefined;

  readonly #calls: InboundCalls;
  readonly #uplink: Uplink;
  readonly #life: Liveness;
  #socket: Socket | undefined;
  #flow: Flow | undefined;
  /** Id of the last CALL sent to the station, until the worker has its answer. */
  readonly #order = new OutboundOrder();
  #faultsInRow = 0;
  #faulty = false;
  /** When to close although CALLs of either side are not answered; undefined: not draining. */
  #drainBy: number | undefined;
  /** Why we closed; undefined: we did not. */
  #closing: string | undefined;

  constructor(
    readonly stationId: string,
    readonly link: Connection,
    readonly quirks: QuirkSet,
    private readonly context: ConnectionContext,
    /** Hash of the password that let it in; undefined: it needed none. */
    readonly passwordHash: string | undefined,
    readonly remoteAddress: string,
  ) {
    const token = stationToken(stationId);
    this.shard = shardOf(token, context.config.shards);
    this.upSubject = subjects.up(this.shard, token);
    this.replySubject = subjects.connection(link.edgeId, link.connectionId);
    this.#calls = new InboundCalls(context);
    this.#uplink = new Uplink(this, link, context);
    this.#life = new Liveness(quirks, context);
  }

  // ---- what the socket tells

  opened(socket: Socket): void {
    const now = this.context.clock.monotonic();
    this.#socket = socket;
    this.#flow = new Flow(socket, this.context, now);
    this.#life.heard(now);
    this.context.opened(this);
    this.#uplink.publish(encodeUp({ kind: 'connected', connection: this.link, resumed: false }), now);
    if (this.#uplink.needsTime) this.context.attend(this);
  }

  message(bytes: Uint8Array, isBinary: boolean): void {
    const now = this.context.clock.monotonic();
    const { metrics } = this.context;
    metrics.received.add();
    metrics.receivedBytes.add(bytes.length);
    this.tap?.received(bytes, isBinary, now);
    this.#life.heard(now);
    if (isBinary) return this.end('binary_message');
    if (this.#flow?.isTooFast(now, bytes.length) === true) {
      if (this.#flow.isOverrun) return this.end('too_fast');
      this.context.attend(this);
    }
    const decoded = decodeFrame(this.link.version, bytes);
    if (!decoded.ok) return this.#fault(decoded.fault);
    const { frame } = decoded;
    switch (frame.type) {
      case 2:
      case 6:
        return this.#sent(frame, now);
      case 3:
      case 4:
        return this.#answered(frame, now);
      case 5:
        return this.#resultRefused(frame);
    }
  }

  pong(): void {
    this.#life.ponged(this.context.clock.monotonic());
  }

  drained(): void {
    this.#flow?.drained();
  }

  closed(code: number, reason: string): void {
    const { metrics, logger, clock } = this.context;
    this.#socket = undefined;
    this.#flow?.end();
    this.#settle('disconnected', clock.monotonic());
    this.#order.endUnanswered();
    this.#calls.forgetWaiting();
    const why = this.#closing ?? closeOfPeer(code);
    metrics.closed(code, why);
    this.tap?.disconnected(code, reason, why);
    logger.debug({ ...this.#names(), code, reason, why }, 'connection_closed');
    this.context.closed(this, code);
  }

  // ---- what the station sends

  #sent(frame: CallFrame, now: number): void {
    const checked = checkCall(this.link.version, 'station', frame, this.quirks);
    if (!checked.ok) return this.#fault(checked.fault);
    // Repairing may lengthen a payload (1e20 is written out); no bus takes one without end.
    if (checked.raw.length > this.context.config.maxMessageBytes) {
      return this.#refuse('bad_structure', frame.id, 'the payload is too long');
    }
    for (const quirk of checked.repaired) this.context.metrics.quirk(quirk);
    const { id, action } = frame;
    if (frame.type === 2) return this.#called(id, action, checked, now);
    this.#faultsInRow = 0;
    const { raw: payload, payload: parsed } = checked;
    this.#uplink.publish(encodeUp({ kind: 'send', connection: this.link, id, action, payload, parsed }), now);
  }

  #called(
    id: string,
    action: string,
    { raw, payload }: { raw: Uint8Array; payload: unknown },
    now: number,
  ): void {
    this.runsTransaction = runsAfter(this.runsTransaction, action, payload);
    // Not answered: the station sends it again on its next connection.
    if (this.#drainBy !== undefined) return this.context.metrics.dropped('draining');
    switch (this.#calls.place(id, action, raw)) {
      case 'first':
        this.#faultsInRow = 0;
        return this.#start(id, action, raw, now, this.#spanOf(id, action), payload);
      case 'later':
        return this.#wait(id, action, raw);
      case 'repeated':
        return this.context.metrics.dropped('repeated_call');
      case 'id_in_use':
        return this.#refuse('id_in_use', id, 'a CALL with this id and other content is in flight');
    }
  }

  #start(
    id: string,
    action: string,
    payload: Uint8Array,
    now: number,
    span: Span | undefined,
    parsed?: unknown,
  ): void {
    const connection = this.link;
    const envelope =
      span === undefined
        ? encodeUp({ kind: 'call', connection, id, action, payload, parsed })
        : encodeUp({ kind: 'call', connection, id, action, payload, parsed, traceparent: span.traceparent });
    this.#calls.begin({ id, action, envelope, payloadBytes: payload.length, since: now, span });
    this.#uplink.holdCall(envelope, now);
    this.context.attend(this);
  }

  #spanOf(id: string, action: string): Span | undefined {
    const { tracer } = this.context;
    return tracer === undefined ? undefined : callSpan(tracer, this, id, action);
  }

  #wait(id: string, action: string, payload: Uint8Array): void {
    if (!this.#calls.hasRoomFor(payload)) {
      return this.#refuse('too_many_calls', id, 'too many CALLs are waiting: send one at a time');
    }
    this.#faultsInRow = 0;
    this.#calls.wait(id, action, payload, this.#spanOf(id, action));
    if (this.#calls.waiting >= this.context.config.pauseAtQueuedCalls) this.#flow?.pause(Pause.QUEUE);
  }

  #answered(frame: ResultFrame | ErrorFrame, now: number): void {
    this.#faultsInRow = 0;
    if (!this.#order.awaits(frame.id)) return this.#unknownResult(frame.id);
    const { id, raw } = frame;
    const connection = this.link;
    if (frame.type === 3) {
      this.#holdAnswer({ kind: 'result', connection, id, payload: raw, ...this.#order.answered() }, now);
    } else {
      const { code, description } = frame;
      const traced = this.#order.answered(code);
      this.#holdAnswer({ kind: 'failure', connection, id, code, description, details: raw, ...traced }, now);
    }
  }

  #holdAnswer(answer: Result | Failure, now: number): void {
    const envelope = encodeUp(answer);
    this.#order.keep(envelope);
    this.#uplink.holdAnswer(envelope, now);
    this.context.attend(this);
  }

  /** An answer that cannot be read is an answer: who asked need not wait for another. */
  #answeredBadly({ kind, id, messageType, detail }: Fault): void {
    if ((messageType !== 3 && messageType !== 4) || id === undefined || !this.#order.awaits(id)) return;
    const code = errorCodeOf(this.link.version, kind) ?? 'GenericError';
    this.#holdAnswer(
      { kind: 'failure', connection: this.link, id, code, description: detail, details: NO_DETAILS },
      this.context.clock.monotonic(),
    );
  }

  #unknownResult(id: string): void {
    this.context.metrics.dropped('unknown_result');
    this.context.logger.debug({ ...this.#names(), id }, 'unknown_result');
  }

  #resultRefused(frame: ErrorFrame): void {
    const { id, code, description } = frame;
    this.context.metrics.dropped('result_error');
    const said = { id, code: forLog(code), description: forLog(description) };
    this.context.logger.warn({ ...this.#names(), ...said }, 'station_refused_result');
  }

  #refuse(kind: FaultKind, id: string, detail: string): void {
    this.#fault({ kind, id, messageType: 2, detail });
  }

  #fault(fault: Fault): void {
    const { metrics, logger, config } = this.context;
    metrics.fault(fault.kind);
    const level = this.#faulty ? 'debug' : 'info';
    this.#faulty = true;
    const { kind, id, detail } = fault;
    logger[level]({ ...this.#names(), kind, id, detail }, 'station_fault');
    this.#transmit(answerTo(this.link.version, fault));
    this.#answeredBadly(fault);
    if (++this.#faultsInRow >= config.maxFaultsInRow) this.end('too_many_faults');
  }

  // ---- what the worker sends

  down(down: DecodedDown): void {
    this.#uplink.heard();
    switch (down.kind) {
      case 'reply':
        return this.#replied(down.id, down.frame);
      case 'order':
        return this.#ordered(down);
      case 'received':
        return this.#received(down.id, down.frame);
      case 'close':
        return this.#close(down.code, down.reason, 'worker');
    }
  }

  #replied(id: string, frame: Uint8Array): void {
    const call = this.#calls.inFlight;
    if (call?.id !== id) return this.context.metrics.dropped('unknown_reply');
    const now = this.context.clock.monotonic();
    this.#settle(frame[1] === CALL_ERROR ? 'error' : 'result', now, frame);
    this.#transmit(frame);
    this.#continue(now);
  }

  /** One id is sent once; asked again, the answer that is there is repeated. */
  #ordered(order: Order<Uint8Array>): void {
    if (this.#order.begin(order.id)) {
      this.#order.trace(orderSpan(this.context.tracer, this, order));
      this.#uplink.answerSettled();
      this.#transmit(order.frame);
    } else if (this.#order.answer !== undefined) {
      this.context.metrics.resend('answer');
      this.#uplink.holdAnswer(this.#order.answer, this.context.clock.monotonic());
    }
  }

  #received(id: string, complaint: Uint8Array | undefined): void {
    if (!this.#order.settle(id)) return;
    this.#transmit(complaint);
    this.#uplink.answerSettled();
  }

  /** The CALL in flight is no more. */
  #settle(outcome: CallOutcome, now: number, answer?: Uint8Array): void {
    const call = this.#calls.settle();
    if (call === undefined) return;
    if (call.span !== undefined) endCall(call.span, outcome, answer);
    this.context.metrics.callEnded(this.link.version, call.action, outcome, (now - call.since) / 1000);
    this.#uplink.callSettled();
  }

  /** Publishes the CALL that waits longest. */
  #continue(now: number): void {
    const call = this.#socket === undefined ? undefined : this.#calls.next();
    if (call === undefined) return;
    this.#start(call.id, call.action, call.payload, now, call.span);
    if (this.#calls.waiting === 0) this.#flow?.resume(Pause.QUEUE);
  }

  callResent(): void {
    this.#calls.inFlight?.span?.note('published again');
  }

  /** Nobody serves the shard at this moment. */
  unowned(): void {
    this.#uplink.unowned(this.context.clock.monotonic());
    this.context.attend(this);
  }

  /** True while a CALL of the station or an answer of it waits for the worker. */
  get holdsSomething(): boolean {
    return this.#uplink.needsTime;
  }

  /** A new owner of the shard learns of the connection and gets everything that is held. */
  reannounce(): void {
    this.#uplink.reannounce(this.context.clock.monotonic());
    if (this.#uplink.needsTime) this.context.attend(this);
  }

  // ---- time

  /** Does what is due; false when nothing needs time. */
  sweep(now: number): boolean {
    if (this.#flow?.sweep(now) === false) this.end('slow_reader');
    this.#checkCall(now);
    if (this.#socket !== undefined) this.#uplink.sweep(now);
    this.#checkDrain(now);
    if (this.#socket === undefined) return false;
    return this.#uplink.needsTime || this.#drainBy !== undefined || this.#flow?.needsTime === true;
  }

  /** Gives the CALL in flight up when no worker can have it, or none has answered in time. */
  #checkCall(now: number): void {
    const call = this.#calls.inFlight;
    if (call === undefined) return;
    if (this.#uplink.callTooLarge)
      return this.#giveUp(call, now, 'call_too_large', 'this size cannot be passed on at present: try later');
    if (now - call.since < this.context.config.callDeadlineMs) return;
    this.context.metrics.deadlines.add();
    this.#giveUp(call, now, 'call_deadline', 'the gateway could not process this in time: try again');
  }

  #giveUp({ id, action, payloadBytes }: CallInFlight, now: number, event: string, detail: string): void {
    this.#settle(event === 'call_deadline' ? 'deadline' : 'too_large', now);
    this.context.logger.warn({ ...this.#names(), id, action, payloadBytes }, event);
    this.#transmit(answerTo(this.link.version, { kind: 'not_processed', id, messageType: 2, detail }));
    this.#continue(now);
  }

  /** Called once in every ping interval: pings a silent station, cuts off a dead one. */
  checkLife(now: number): void {
    if (this.#socket === undefined) return;
    // What is not read cannot be heard. Every pause ends in time.
    if (this.#flow?.paused === true) return this.#life.heard(now);
    const life = this.#life.check(now);
    if (life === 'dead') return this.end('silent');
    if (life === 'to_be_pinged') this.#socket.ping();
  }

  /**
   * Takes no new CALL; closes when the station's CALLs are answered, and its answer to ours has arrived at the worker, or at
   * `by`. Is read only while an answer is awaited.
   */
  drain(by: number): void {
    if (this.#drainBy !== undefined) return;
    this.#drainBy = by;
    this.context.attend(this);
    this.#checkDrain(this.context.clock.monotonic());
  }

  #checkDrain(now: number): void {
    if (this.#drainBy === undefined) return;
    const answering = this.#calls.inFlight !== undefined || this.#calls.waiting > 0;
    const awaiting = this.#order.isOpen;
    if ((!answering && !awaiting) || now >= this.#drainBy) return this.end('draining');
    this.#readForAnswer(awaiting);
  }

  /** While draining, what waits grows no more: it is no reason not to read. */
  #readForAnswer(awaiting: boolean): void {
    if (!awaiting) return this.#flow?.pause(Pause.DRAIN);
    this.#flow?.resume(Pause.DRAIN);
    this.#flow?.resume(Pause.QUEUE);
  }

  // ---- sending and closing

  /** Undefined: there is nothing to be said. */
  #transmit(data: string | Uint8Array | undefined): void {
    if (this.#socket === undefined || data === undefined) return;
    const result = this.#socket.send(data);
    if (result === 'refused') return this.end('slow_reader');
    const { metrics, clock } = this.context;
    metrics.sent.add();
    metrics.sentBytes.add(data.length);
    this.tap?.sent(data, clock.monotonic());
    if (result === 'buffered' && this.#flow?.hasStalled(clock.monotonic()) === true)
      this.context.attend(this);
  }

  /** Ends the connection for a reason of the table. */
  end(name: CloseName): void {
    const { code, reason } = CLOSES[name];
    this.#close(code, reason, name);
  }

  #close(code: number, reason: string, why: string): void {
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#closing = why;
    const level = why === 'draining' || why === 'shutdown' ? 'debug' : 'info';
    this.context.logger[level]({ ...this.#names(), code, reason, why }, 'connection_ended');
    if (code === 1006) socket.terminate();
    else socket.close(code, reason);
  }

  #names(): { stationId: string; connectionId: string } {
    return { stationId: this.stationId, connectionId: this.link.connectionId };
  }
}
