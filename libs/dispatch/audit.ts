import { maskPayload } from '../ocpp/mod.js';
import type { Logger } from '../ops/mod.js';

/** A call of a business service, for the audit log. */
export interface ApiCall {
  readonly door: 'grpc' | 'nats';
  /** Name of the client; `anybody` where no clients file says who may call; left out: it is not known. */
  readonly client?: string | undefined;
  /** Address of the caller. */
  readonly peer?: string | undefined;
  /** `CommandService`; `csms.command` for commands that were published to that. */
  readonly service: string;
  /** `SendCommand` */
  readonly method: string;
  /** Only what it is about is logged, never a password. Left out: it did not come so far. */
  readonly request?: unknown;
  readonly response?: unknown;
  /** Name of the gRPC status it ended with: `OK`, `PERMISSION_DENIED`, … */
  readonly code: string;
  /** Why, when it is not OK. */
  readonly problem?: string | undefined;
  readonly ms: number;
  /** Of a stream: messages from and to the caller. */
  readonly received?: number;
  readonly sent?: number;
}

/** Characters of a masked payload in the log. */
const MAX_PAYLOAD = 2048;
/** Larger ones are not looked into. */
const MAX_READ = 65_536;
const MAX_TEXT = 256;

const REFUSALS: ReadonlySet<string> = new Set(['UNAUTHENTICATED', 'PERMISSION_DENIED']);

/** One line for a call that has ended: `api_call`. */
export function logCall(logger: Logger, call: ApiCall): void {
  const { request, response, ms, problem, ...facts } = call;
  const line = {
    ...facts,
    ...subjectOf(request, response),
    ms: Math.round(ms * 10) / 10,
    ...(problem !== undefined && { problem: cut(problem) }),
  };
  if (REFUSALS.has(call.code)) logger.warn(line, 'api_call');
  else logger.info(line, 'api_call');
}

/** A stream that begins: it may go on for days before its `api_call`. */
export function logStream(
  logger: Logger,
  call: Pick<ApiCall, 'door' | 'client' | 'peer' | 'service' | 'method' | 'request'>,
): void {
  const { request, ...facts } = call;
  logger.info({ ...facts, ...subjectOf(request, undefined) }, 'api_stream_begun');
}

/** What a call is about: station, command, and, of a command, what is to be done. */
function subjectOf(request: unknown, response: unknown): Record<string, string> {
  const asked = membersOf(request);
  const command = membersOf(asked.command);
  const answered = membersOf(response);
  const ended = membersOf(answered.command);
  const action = text(command.action);
  return only({
    stationId: text(asked.stationId) ?? text(command.stationId) ?? text(membersOf(asked.station).stationId),
    commandId: text(asked.commandId) ?? text(answered.commandId) ?? text(ended.commandId),
    action,
    payload: action === undefined ? undefined : maskedText(action, command.payload),
  });
}

type Members = Readonly<Record<string, unknown>>;

const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null ? (value as Members) : {};

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? cut(value) : undefined;

const cut = (text: string): string => (text.length <= MAX_TEXT ? text : `${text.slice(0, MAX_TEXT)}…`);

function only(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const set = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return Object.fromEntries(set);
}

/** A command's payload as it may be logged: masked, and at most 2 KiB. */
function maskedText(action: string, payload: unknown): string | undefined {
  if (typeof payload !== 'string' || payload === '') return undefined;
  if (payload.length > MAX_READ) return `${payload.length} characters`;
  try {
    const masked = JSON.stringify(maskPayload(action, JSON.parse(payload)));
    return masked.length <= MAX_PAYLOAD ? masked : `${masked.slice(0, MAX_PAYLOAD)}…`;
  } catch {
    return 'not JSON';
  }
}
