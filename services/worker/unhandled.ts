import { BusError, type Bus } from '../../libs/bus/mod.js';
import { encodeDown, subjects } from '../../libs/link/mod.js';
import { encodeCallError, errorCodeOf } from '../../libs/ocpp/mod.js';
import { tell } from './answers.js';
import type { StationMessage } from './station/mod.js';

/**
 * Answers whoever waits for a message that the station's actor could not handle: InternalError to the station, refused to
 * who handed over a command or a question. Other messages have no waiting sender.
 */
export function answerUnhandled(bus: Bus, epoch: number, message: StationMessage, description: string): void {
  try {
    if ('dispatcher' in message && message.dispatcher !== undefined) {
      tell(bus, message.dispatcher, { refused: { reason: 'unserved', description } });
    }
    if (message.type !== 'call') return;
    const { edgeId, connectionId, version } = message.connection;
    const code = errorCodeOf(version, 'not_processed') ?? 'InternalError';
    const frame = encodeCallError(message.id, code, description);
    const envelope = encodeDown({ kind: 'reply', epoch, id: message.id, frame });
    bus.publish(subjects.connection(edgeId, connectionId), envelope);
  } catch (error) {
    // Not connected: the edge's own deadline and the caller's timeout tell them.
    if (!(error instanceof BusError)) throw error;
  }
}
