import type { EventType } from '../../../libs/api/mod.js';
import type { Version } from '../../../libs/ocpp/mod.js';

/**
 * What the gateway must make of a station's messages, said a second time and as simply as can be: by sets that never
 * forget. It knows what has happened, not how the actor remembers it.
 */
export class Model {
  registration: 'none' | 'Accepted' | 'Pending' | 'Rejected' = 'none';
  /** Id of the connection that the business was told of. */
  connected: string | undefined;
  /** 1.6: transaction id by what makes two StartTransactions the same one. */
  readonly starts = new Map<string, number>();
  readonly stopped = new Set<number>();
  readonly #messages = new Set<string>();
  readonly #started2x = new Set<string>();
  readonly #ended2x = new Set<string>();
  readonly #greatest2x = new Map<string, number>();

  connect(connectionId: string): EventType[] {
    const before = this.connected;
    this.connected = connectionId;
    return before === undefined ? ['station.connected'] : ['station.disconnected', 'station.connected'];
  }

  disconnect(connectionId: string): EventType[] {
    if (this.connected !== connectionId) return [];
    this.connected = undefined;
    return ['station.disconnected'];
  }

  admits(action: string): boolean {
    return action === 'BootNotification' || this.registration === 'none' || this.registration === 'Accepted';
  }

  /** The events that a message makes when it is handled. `answer`: what the station was told. */
  facts(version: Version, action: string, payload: Json, answer: Json): EventType[] {
    switch (action) {
      case 'BootNotification':
        this.registration = answer.status as 'Accepted' | 'Pending' | 'Rejected';
        return ['station.booted'];
      case 'Authorize':
        return ['token.authorized'];
      case 'DataTransfer':
        return ['data.transferred'];
      case 'StatusNotification':
        return ['connector.status'];
      case 'StartTransaction':
        return this.#start(payload, answer);
      case 'StopTransaction':
        return this.#stop(payload.transactionId as number, JSON.stringify(payload));
      case 'MeterValues':
        return version === '1.6' && payload.transactionId !== undefined
          ? this.#meter(payload.transactionId as number, JSON.stringify(payload))
          : ['meter.values'];
      case 'TransactionEvent':
        return this.#transactionEvent(payload);
      default:
        return [];
    }
  }

  #start({ connectorId, idTag, timestamp, meterStart }: Json, answer: Json): EventType[] {
    const key = JSON.stringify([connectorId, idTag, timestamp, meterStart]);
    const known = this.starts.get(key);
    if (known !== undefined) {
      if (known !== answer.transactionId) throw new Error(`another id for ${key}`);
      return [];
    }
    const id = answer.transactionId as number;
    if ([...this.starts.values()].includes(id)) throw new Error(`the id ${id} was given twice`);
    this.starts.set(key, id);
    return ['transaction.started'];
  }

  #stop(id: number, message: string): EventType[] {
    if (![...this.starts.values()].includes(id)) return this.#once(message, 'transaction.orphan');
    if (this.stopped.has(id)) return [];
    this.stopped.add(id);
    return ['transaction.ended'];
  }

  #meter(id: number, message: string): EventType[] {
    const known = [...this.starts.values()].includes(id);
    return this.#once(message, known ? 'transaction.updated' : 'transaction.orphan');
  }

  #once(message: string, type: EventType): EventType[] {
    if (this.#messages.has(message)) return [];
    this.#messages.add(message);
    return [type];
  }

  #transactionEvent({ transactionInfo, seqNo, eventType, timestamp }: Json): EventType[] {
    const id = (transactionInfo as { transactionId: string }).transactionId;
    if (this.#once(JSON.stringify([id, seqNo, eventType, timestamp]), 'transaction.updated').length === 0) {
      return [];
    }
    const greatest = this.#greatest2x.get(id) ?? (eventType === 'Started' ? (seqNo as number) - 1 : -1);
    this.#greatest2x.set(id, Math.max(greatest, seqNo as number));
    const gap: EventType[] = (seqNo as number) > greatest + 1 ? ['transaction.gap'] : [];
    return [this.#typeOf(id, eventType), ...gap];
  }

  #typeOf(id: string, eventType: unknown): EventType {
    const [seen, type] =
      eventType === 'Started'
        ? ([this.#started2x, 'transaction.started'] as const)
        : ([this.#ended2x, 'transaction.ended'] as const);
    if (eventType === 'Updated' || seen.has(id)) return 'transaction.updated';
    seen.add(id);
    return type;
  }
}

export type Json = Record<string, unknown>;
