import type { RefusalReason } from '../api/mod.js';

/** Why an owner does not take a message, in words that tell what to do. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly description: string;
}

/** What the owner of a shard says to a message: it has the command; it refuses it; or the answer to a question. */
export type Word =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  | { readonly kind: 'answered'; readonly answer: unknown };

const REASONS: ReadonlySet<string> = new Set<RefusalReason>([
  'invalid',
  'not_now',
  'busy',
  'id_taken',
  'unserved',
]);

/**
 * The word of an owner: nothing for a command that it has, else JSON: `{"refused":{"reason":…,"description":…}}` or
 * `{"answer":…}`. Undefined for what no owner says.
 */
export function wordOf(data: Uint8Array): Word | undefined {
  if (data.length === 0) return { kind: 'taken' };
  const value = parsed(data);
  if (typeof value !== 'object' || value === null) return undefined;
  if ('answer' in value) return { kind: 'answered', answer: value.answer };
  const refusal = 'refused' in value ? value.refused : undefined;
  return isRefusal(refusal) ? { kind: 'refused', refusal } : undefined;
}

function parsed(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
  } catch {
    return undefined;
  }
}

function isRefusal(value: unknown): value is Refusal {
  if (typeof value !== 'object' || value === null) return false;
  if (!('reason' in value) || !('description' in value)) return false;
  const { reason, description } = value;
  return typeof reason === 'string' && REASONS.has(reason) && typeof description === 'string';
}
