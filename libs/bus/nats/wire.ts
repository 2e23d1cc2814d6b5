import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { type NatsConnection, NatsConnectionImpl } from '@nats-io/transport-node';

/**
 * What the client (3.4.0, pinned) does not offer in its public interface: how much it has not sent yet, a cheap way to
 * send, and a way to drop a connection whose peer takes no more bytes. The client itself waits until they are written, so
 * that without this a server that stands still under load is never left.
 */
export class Wire {
  readonly #protocol: NatsConnectionImpl['protocol'];
  #socket: Socket;

  constructor(connection: NatsConnection) {
    if (!(connection instanceof NatsConnectionImpl)) throw unknownClient();
    this.#protocol = connection.protocol;
    this.#socket = this.#currentSocket();
  }

  /** Bytes in the client and in the socket's queue, not yet handed to the operating system. */
  get backlog(): number {
    return this.#protocol.outbound.byteLength + this.#socket.writableLength;
  }

  /** Sends bytes of whole protocol lines, after what the client itself has to send. Does nothing while disconnected. */
  send(lines: Uint8Array): void {
    const { connected, outbound, transport } = this.#protocol;
    if (!connected) return;
    if (outbound.byteLength > 0) transport.send(outbound.drain());
    transport.send(lines);
  }

  /** To be called when the connection was made anew. */
  renew(): void {
    this.#socket = this.#currentSocket();
  }

  /** Ends the connection at once; the client then makes a new one. What waits to be sent is dropped (with TLS: perhaps). */
  cut(): void {
    // Only a plain TCP socket can be reset.
    if (this.#socket instanceof TLSSocket) this.#socket.destroy();
    else this.#socket.resetAndDestroy();
  }

  /** Ends the socket of an attempt that was going on when the client was closed. */
  discard(): void {
    this.#protocol.transport.discard();
  }

  #currentSocket(): Socket {
    const { transport } = this.#protocol;
    if (!('socket' in transport)) throw unknownClient();
    // A connection that is lost again already has none.
    if (transport.socket === undefined) return this.#socket;
    if (!(transport.socket instanceof Socket)) throw unknownClient();
    return transport.socket;
  }
}

function unknownClient(): Error {
  return new Error('this version of @nats-io/transport-node has no socket where 3.4.0 has it: install 3.4.0');
}
