import { decodeUp, type Command, type Up } from '../../libs/link/mod.js';
import type { StationMessage } from './station/mod.js';

/** JSON value of payload bytes. @throws SyntaxError */
const parse = (bytes: Uint8Array): unknown =>
  JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());

/**
 * What an envelope says to the station actor. A command whose payload is not JSON gives undefined: who handed it over
 * must be told.
 * @param reply bus subject that was given with the envelope: of who handed it over.
 * @throws Error for bytes that no gateway of this version sends.
 */
export function toMessage(
  envelope: Uint8Array,
  reply: string | undefined,
): { message: StationMessage | undefined; up: Up } {
  const up = decodeUp(envelope);
  return { message: messageOf(up, reply), up };
}

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
      };
    case 'result':
      return { type: 'result', connection: up.connection, id: up.id, payload: parse(up.payload) };
    case 'failure':
      return {
        type: 'failure',
        connection: up.connection,
        id: up.id,
        code: up.code,
        description: up.description,
        details: parse(up.details),
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
