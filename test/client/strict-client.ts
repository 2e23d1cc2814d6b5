import { createRequire } from 'node:module';
import { createValidator, RPCClient, type IHandlersOption } from 'ocpp-rpc';
import type { Version } from '../../libs/ocpp/mod.js';
import type { Closed } from './raw-client.js';
import { within } from './until.js';

type Payload = Record<string, unknown>;

export interface StrictOptions {
  /** Endpoint without the station id. */
  readonly url: string;
  readonly stationId: string;
  readonly version: Version;
  readonly password?: string;
}

/** What a station answers to a CALL of the gateway. Throw an error of ocpp-rpc's createRPCError for a CALLERROR. */
export type CommandHandler = (payload: Payload) => Payload | Promise<Payload>;

/**
 * ocpp-rpc 2.2.1 looks its 2.1 schemas up as `urn:X.req`, but ships them as `urn:XRequest`: without new names its strict
 * mode knows no 2.1 action at all.
 */
const VALIDATOR_21 = createValidator(
  'ocpp2.1',
  (createRequire(import.meta.url)('ocpp-rpc/lib/schemas/ocpp2_1.json') as Payload[]).map((schema) => ({
    ...schema,
    $id: String(schema['$id'])
      .replace(/Request$/, '.req')
      .replace(/Response$/, '.conf'),
  })),
);

/** The independent client: npm's ocpp-rpc in strict mode, which checks every payload, both ways, by the schemas. */
export class StrictClient {
  readonly #client: RPCClient;
  /** What the client had to complain about: frames it could not take, payloads against their schema. */
  readonly complaints: string[] = [];
  /** Resolves when the connection is gone. */
  readonly closed: Promise<Closed>;

  private constructor(options: StrictOptions) {
    const { url, stationId, version, password } = options;
    const protocol = `ocpp${version}`;
    this.#client = new RPCClient({
      endpoint: url,
      identity: stationId,
      protocols: [protocol],
      strictMode: true,
      strictModeValidators: [VALIDATOR_21],
      reconnect: false,
      callTimeoutMs: 20_000,
      ...(password === undefined ? {} : { password }),
    } as unknown as ConstructorParameters<typeof RPCClient>[0]);
    this.#client.on('badMessage', ({ buffer, error }: { buffer: Buffer; error: Error }) => {
      this.complaints.push(`${error.message}: ${buffer.toString()}`);
    });
    this.#client.on('strictValidationFailure', ({ method, error }: { method: string; error: Error }) => {
      this.complaints.push(`${method}: ${error.message}`);
    });
    this.closed = new Promise((resolve) => this.#client.once('close', (closed: Closed) => resolve(closed)));
  }

  /** @throws Error when the handshake fails. */
  static async connect(options: StrictOptions): Promise<StrictClient> {
    const client = new StrictClient(options);
    await within(`the handshake of ${options.stationId}`, client.#client.connect());
    return client;
  }

  get protocol(): string | undefined {
    return this.#client.protocol;
  }

  /** The CALLRESULT's payload. @throws an error with `rpcErrorCode` for a CALLERROR. */
  async call(action: string, payload: object): Promise<Payload> {
    return (await this.#client.call(action, payload)) as Payload;
  }

  /** Sends any text. */
  sendRaw(text: string): void {
    this.#client.sendRaw(text);
  }

  /** Answers the gateway's CALLs of `action`. */
  handle(action: string, handler: CommandHandler): void {
    const handlers = this.#client as unknown as {
      handle(method: string, handler: (call: IHandlersOption) => Promise<Payload>): void;
    };
    handlers.handle(action, async ({ params }) => await handler(params ?? {}));
  }

  async close(): Promise<Closed> {
    void this.#client.close({ code: 1000 });
    return await within('the close of a connection', this.closed);
  }

  /** Cuts the line without a word. */
  cut(): void {
    void this.#client.close({ force: true });
  }
}
