import { Packr } from 'msgpackr';
import type { FaultKind, Quirk, Version } from '../ocpp/mod.js';

/** A process that taps a station asks the edges to tell it, and asks again well before the lease ends. Msgpack, without records. */
export interface TapRequest {
  /** Where to tell it: `subjects.tapped(process, id)`. */
  readonly process: string;
  readonly id: string;
  /** The edge forgets the tap when it is not asked for so long. 0: at once. */
  readonly leaseMs: number;
}

/** What an edge tells whoever taps a station. */
export interface Tapped {
  readonly edgeId: string;
  /** Counts what this edge tells this tap, from 1: a gap is what was lost on the way. */
  readonly number: number;
  /** Epoch milliseconds, by the edge's clock. */
  readonly at: number;
  /** The connection that it is about, if it is about one. */
  readonly connectionId?: string;
  readonly told: TapTold;
}

export type TapTold =
  | TapAlive
  | ({ readonly kind: 'connected' } & TappedConnection)
  | TapDisconnected
  | TapRefused
  | TapFrame
  /** As many messages were left out before this one. */
  | { readonly kind: 'left_out'; readonly messages: number }
  /** The edge serves as many taps as it may, and not this one. */
  | { readonly kind: 'full' };

/** The answer to each request: the tap is on, and these connections of the station are open. */
export interface TapAlive {
  readonly kind: 'alive';
  readonly connections: readonly TappedConnection[];
}

export interface TappedConnection {
  readonly connectionId: string;
  readonly version: Version;
  readonly securityProfile: number;
  readonly remoteAddress: string;
  /** Epoch milliseconds. */
  readonly connectedAt: number;
  readonly certificateCn?: string;
}

export interface TapDisconnected {
  readonly kind: 'disconnected';
  readonly code: number;
  readonly reason: string;
  /** By the edge's table of closes. */
  readonly cause: string;
}

export interface TapRefused {
  readonly kind: 'refused';
  readonly outcome: string;
  readonly reason: string;
  readonly status: number;
  readonly remoteAddress: string;
  readonly protocols: string;
  readonly secure: boolean;
}

/** A frame as it may be shown: secrets are masked. */
export interface TapFrame extends ShownFrame {
  readonly kind: 'frame';
  readonly from: 'station' | 'gateway';
  /** Of an answer: milliseconds since its CALL. */
  readonly answeredAfterMs?: number;
}

export interface ShownFrame {
  /** Of the whole frame, in bytes. */
  readonly length: number;
  /** 0: it cannot be read. */
  readonly messageType: number;
  readonly id: string;
  /** Of an answer: the action of its CALL. */
  readonly action?: string;
  readonly payload?: ShownPayload;
  /** Why there is no payload, or why its values are all masked. */
  readonly note?: string;
  readonly error?: { readonly code: string; readonly description: string };
  readonly fault?: { readonly kind: FaultKind | 'binary'; readonly detail: string };
  readonly quirks?: readonly Quirk[];
}

export interface ShownPayload {
  /** JSON text. */
  readonly text: string;
  /** There is more of it. */
  readonly cut: boolean;
}

const packr = new Packr({ useRecords: false });

export function encodeTapRequest(request: TapRequest): Uint8Array {
  return packr.pack(request);
}

/** Undefined when the bytes are no request. */
export function decodeTapRequest(bytes: Uint8Array): TapRequest | undefined {
  try {
    const { process, id, leaseMs } = packr.unpack(bytes) as Partial<TapRequest>;
    if (!isToken(process) || !isToken(id) || typeof leaseMs !== 'number') return undefined;
    return { process, id, leaseMs };
  } catch {
    return undefined;
  }
}

export function encodeTapped(tapped: Tapped): Uint8Array {
  return packr.pack(tapped);
}

/** @throws Error when the bytes are not of this version of the gateway. */
export function decodeTapped(bytes: Uint8Array): Tapped {
  const tapped = packr.unpack(bytes) as Partial<Tapped> | null;
  if (typeof tapped?.told?.kind !== 'string' || typeof tapped.number !== 'number') {
    throw new Error('not a message of a tap');
  }
  return tapped as Tapped;
}

/** It becomes part of a subject. */
const isToken = (text: unknown): text is string =>
  typeof text === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(text);
