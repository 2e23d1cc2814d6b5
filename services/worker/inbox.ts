import type { ActorHost } from '../../libs/actor/mod.js';
import type { Bus, BusMessage } from '../../libs/bus/mod.js';
import { decodeUp, stationIdOf, subjectToken, type Command, type Up } from '../../libs/link/mod.js';
import type { Logger } from '../../libs/ops/mod.js';
import { tell } from './answers.js';
import type { WorkerMetrics } from './metrics.js';
import type { StationEffect, StationMessage, StationState } from './station/mod.js';

export interface InboxOptions {
  readonly bus: Bus;
  readonly host: Pick<ActorHost<StationState, StationMessage, StationEffect>, 'deliver'>;
  readonly metrics: Pick<WorkerMetrics, 'messages' | 'undelivered'>;
  readonly logger: Logger;
}

interface Read {
  readonly up: Up;
  /** Undefined: a command whose payload is not JSON. */
  readonly message: StationMessage | undefined;
}

/** Puts what comes for the shards of this worker into the mailboxes of their stations; who waits for a word hears a refusal. */
export class Inbox {
  constructor(private readonly options: InboxOptions) {}

  receive({ subject, data, reply }: BusMessage): void {
    const { bus, host, metrics } = this.options;
    const token = subjectToken(subject, 3);
    const read = this.#read(token, data, reply);
    if (read === undefined) return;
    const { up, message } = read;
    metrics.messages[up.kind].add();
    const delivery = message === undefined ? 'not_json' : host.deliver(token, message);
    if (delivery === 'accepted') return;
    metrics.undelivered.cell(delivery).add();
    // An edge sends its message again. So does who handed over a command or a question, to the owner.
    if (up.kind !== 'command' && up.kind !== 'query' && up.kind !== 'cancel') return;
    if (delivery === 'not_owned' || reply === undefined) return;
    tell(bus, reply, { refused: REFUSALS[delivery] });
  }

  #read(token: string, envelope: Uint8Array, reply: string | undefined): Read | undefined {
    try {
      const up = decodeUp(envelope);
      return { up, message: messageOf(up, reply) };
    } catch (error) {
      this.options.metrics.undelivered.cell('no_envelope').add();
      this.options.logger.error(
        { stationId: stationIdOf(token) ?? token, err: error },
        'envelope_unreadable',
      );
      return undefined;
    }
  }
}

const REFUSALS = {
  not_json: {
    reason: 'invalid',
    description: 'the payload is not JSON: send the OCPP payload as a JSON object',
  },
  full: { reason: 'busy', description: 'too many messages wait for this station: try again later' },
} as const;

/** JSON value of payload bytes. @throws SyntaxError */
const parse = (bytes: Uint8Array): unknown =>
  JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());

/**
 * What it says to the station actor. A command whose payload is not JSON gives undefined.
 * @param reply bus subject that came with it: of who handed it over.
 * @throws SyntaxError: no edge passes on what is not JSON.
 */
function messageOf(up: Up, reply: string | undefined): StationMessage | undefined {
  switch (up.kind) {
    case 'connected':
      return { type: 'connected', connection: up.connection, resumed: up.resumed };
    case 'disconnected':
      return { type: 'disconnected', connection: up.connection, code: up.code };
    case 'call':
    case 'send':
      return {
        type: up.kind,
        connection: up.connection,
        id: up.id,
        action: up.action,
        payload: up.parsed ?? parse(up.payload),
        raw: up.payload,
        traceparent: up.traceparent,
      };
    case 'result':
      return {
        type: 'result',
        connection: up.connection,
        id: up.id,
        payload: parse(up.payload),
        traceparent: up.traceparent,
      };
    case 'failure':
      return {
        type: 'failure',
        connection: up.connection,
        id: up.id,
        code: up.code,
        description: up.description,
        details: parse(up.details),
        traceparent: up.traceparent,
      };
    case 'command':
      return commandOf(up, reply);
    case 'query':
      return { type: 'query', query: up, dispatcher: reply };
    case 'cancel':
      return { type: 'cancel', commandId: up.commandId, dispatcher: reply };
  }
}

function commandOf(up: Command, dispatcher: string | undefined): StationMessage | undefined {
  const { kind, payload, ...rest } = up;
  try {
    return { type: kind, ...rest, payload: payload.length === 0 ? {} : parse(payload), dispatcher };
  } catch {
    return undefined;
  }
}
