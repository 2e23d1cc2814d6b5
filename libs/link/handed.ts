import type { CommandTerms } from '../api/mod.js';

/** What `libs/dispatch` hands to the owner of a station. */
export type Handed = Command | Query | Cancel;

/**
 * A command of a business service, for the owner of the station. When it is durable there, or known already, the owner
 * publishes an empty message on the bus reply subject that the envelope came with; when it is not taken, JSON:
 * `{"refused":{"reason":RefusalReason,"description":string}}`.
 */
export interface Command {
  readonly kind: 'command';
  /** Also the message id of its CALL. Unique for the station. */
  readonly commandId: string;
  readonly action: string;
  readonly payload: Uint8Array;
  readonly terms: CommandTerms;
  /** Milliseconds that the station has to answer, from the moment the CALL is sent. */
  readonly timeoutMs: number;
  /** Bus subject where the caller hears the CommandOutcome; empty: nobody waits for it. */
  readonly reply: string;
  /** The caller may send it again under this id, and then hears its outcome again. */
  readonly keyed: boolean;
  /** It may wait for a station that is offline. */
  readonly durable?: Durable;
  /** Newest cursor of the event log when it was taken: whatever the station reports for it stands after. */
  readonly cursor: number;
  /** W3C Trace Context, 55 characters: only of what is traced. */
  readonly traceparent?: string;
}

export interface Durable {
  /** Milliseconds from when the owner takes it until it expires unsent. */
  readonly ttlMs: number;
  /** Never sent a second time, also when the connection breaks before the answer. */
  readonly once: boolean;
  readonly supersedeKey?: string;
}

/**
 * A question about what the actor knows. `{"answer":…}`, or `{"refused":…}` as for a command, goes to the bus reply subject
 * that the envelope came with.
 */
export type Query = QueryAboutStation | QueryAboutCommand;

/** Answered with a StationSnapshot. */
export interface QueryAboutStation {
  readonly kind: 'query';
  readonly about: 'station';
}

/** Answered with a CommandSnapshot or a JobSnapshot; null: it is not known. */
export interface QueryAboutCommand {
  readonly kind: 'query';
  readonly about: 'command' | 'job';
  readonly commandId: string;
}

/** Takes a waiting command back. Answered like a query about the command, as it is afterwards. */
export interface Cancel {
  readonly kind: 'cancel';
  readonly commandId: string;
}

/** What of it is encoded, after its kind. */
export function fieldsOfHanded(handed: Handed): unknown[] {
  switch (handed.kind) {
    case 'command':
      return fieldsOfCommand(handed);
    case 'query':
      return [handed.about, handed.about === 'station' ? null : handed.commandId];
    case 'cancel':
      return [handed.commandId];
  }
}

function fieldsOfCommand(command: Command): unknown[] {
  const { commandId, action, payload, terms, timeoutMs, reply, keyed, durable, cursor, traceparent } =
    command;
  const waiting = durable && [durable.ttlMs, durable.once, durable.supersedeKey ?? null];
  const fields = [commandId, action, payload, terms, timeoutMs, reply, keyed, waiting ?? null, cursor];
  return traceparent === undefined ? fields : [...fields, traceparent];
}

/** The inverse; `m` begins with the kind, as a number. */
export function readHanded(kind: Handed['kind'], m: readonly unknown[]): Handed {
  switch (kind) {
    case 'command':
      return readCommand(m);
    case 'query': {
      const about = m[1] as Query['about'];
      return about === 'station' ? { kind, about } : { kind, about, commandId: m[2] as string };
    }
    case 'cancel':
      return { kind, commandId: m[1] as string };
  }
}

function readCommand(m: readonly unknown[]): Command {
  const durable = m[8] as [number, boolean, string | null] | null;
  return {
    kind: 'command',
    commandId: m[1] as string,
    action: m[2] as string,
    payload: m[3] as Uint8Array,
    terms: m[4] as CommandTerms,
    timeoutMs: m[5] as number,
    reply: m[6] as string,
    keyed: m[7] as boolean,
    ...(durable !== null && { durable: durableOf(durable) }),
    cursor: m[9] as number,
    ...(typeof m[10] === 'string' && { traceparent: m[10] }),
  };
}

const durableOf = ([ttlMs, once, key]: [number, boolean, string | null]): Durable =>
  key === null ? { ttlMs, once } : { ttlMs, once, supersedeKey: key };
