/** The header `traceparent` of W3C Trace Context. */
export interface Traceparent {
  /** 32 hexadecimal digits in lower case, not all 0. */
  readonly traceId: string;
  /** 16 hexadecimal digits in lower case, not all 0: the span that is the parent. */
  readonly spanId: string;
  readonly sampled: boolean;
}

/** Characters of what `formatTraceparent` makes. */
export const TRACEPARENT_LENGTH = 55;

/** Longer ones than any version has are not looked at. */
const LONGEST = 512;
const SAMPLED = 1;

/** Later versions may have more parts, which are passed over (Trace Context, 4.3). */
const FORM = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Undefined for what is no traceparent: it is to be ignored then, as if it had not come. */
export function parseTraceparent(text: string | undefined): Traceparent | undefined {
  if (text === undefined || text.length < TRACEPARENT_LENGTH || text.length > LONGEST) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = FORM.exec(text) ?? [];
  if (version === undefined || (version === '00' && more !== undefined)) return undefined;
  if (isZero(traceId) || isZero(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

const isZero = (digits: string): boolean => /^0+$/.test(digits);

/** In version 00, without other flags than `sampled`. */
export function formatTraceparent({ traceId, spanId, sampled }: Traceparent): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
