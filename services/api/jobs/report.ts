import { ServerError, Status } from 'nice-grpc-common';
import type { JobKind } from '../../../libs/api/mod.js';
import type { Part } from './parts.js';

/** Bytes of a report's parts; gRPC clients take messages of 4 MiB unless told otherwise. */
export const MOST_BYTES = 3 * 1024 * 1024;

type Payload = Part['payload'];

/** Parts put together as if the station had sent one message. */
export class Report {
  readonly #parts: Payload[] = [];
  readonly #numbers = new Set<unknown>();
  #bytes = 0;

  constructor(private readonly kind: JobKind) {}

  /** A part whose number has come before is dropped. @throws ServerError RESOURCE_EXHAUSTED when it is too large. */
  add({ payload }: Part): void {
    const { seqNo } = payload;
    if (seqNo !== undefined && this.#numbers.has(seqNo)) return;
    this.#bytes += Buffer.byteLength(JSON.stringify(payload));
    if (this.#bytes > MOST_BYTES) {
      throw new ServerError(
        Status.RESOURCE_EXHAUSTED,
        'the report is larger than 3 MiB: use FollowJob, which gives its parts one by one',
      );
    }
    if (seqNo !== undefined) this.#numbers.add(seqNo);
    this.#parts.push(payload);
  }

  /** A JSON object; empty when no part has come. */
  text(): string {
    if (this.#parts.length === 0) return '';
    const parts = this.#parts.toSorted((a, b) => numberOf(a) - numberOf(b));
    return JSON.stringify(this.kind === 'chargingProfiles' ? grouped(parts) : joined(parts));
  }
}

const numberOf = ({ seqNo }: Payload): number => (typeof seqNo === 'number' ? seqNo : 0);

/** Lists one after the other, and the text of customer information; of everything else, the last word. */
function joined(parts: readonly Payload[]): Payload {
  const members = new Map<string, unknown>();
  for (const part of parts) {
    for (const [name, value] of Object.entries(part)) members.set(name, join(name, members.get(name), value));
  }
  if (members.has('seqNo')) members.set('seqNo', 0);
  return Object.fromEntries(members);
}

function join(name: string, before: unknown, value: unknown): unknown {
  if (Array.isArray(before) && Array.isArray(value)) return before.concat(value);
  return name === 'data' && typeof before === 'string' && typeof value === 'string' ? before + value : value;
}

/** ReportChargingProfiles says of each list whose limits it holds, and for which EVSE: one list for each of these. */
function grouped(parts: readonly Payload[]): Payload {
  const groups = new Map<string, Payload[]>();
  for (const part of parts) {
    const key = `${String(part.chargingLimitSource)} ${String(part.evseId)}`;
    groups.set(key, [...(groups.get(key) ?? []), part]);
  }
  const reports = [...groups.values()].map((group) => {
    const { chargingLimitSource, evseId, chargingProfile } = joined(group);
    return { chargingLimitSource, evseId, chargingProfile };
  });
  const { requestId, tbc } = parts.at(-1) ?? {};
  return { requestId, ...(tbc !== undefined && { tbc }), reports };
}
