import { readFileSync } from 'node:fs';

/** Where the gateway can be looked at from outside; undefined: it cannot. */
export interface Outside {
  readonly pid: number | undefined;
  /** Such as `http://127.0.0.1:9222`. */
  readonly opsUrl: string | undefined;
}

export interface Memory {
  readonly start: number;
  readonly peak: number;
  readonly end: number;
}

const SAMPLE_MS = 250;

/** Watches the memory of the gateway, and reads its metrics. */
export class Witness {
  readonly #outside: Outside;
  #timer: NodeJS.Timeout | undefined;
  #peak = 0;

  constructor(outside: Outside) {
    this.#outside = outside;
  }

  /** Bytes of memory that are the gateway's own, now; undefined where it cannot be seen. */
  async memory(): Promise<number | undefined> {
    const bytes = anonymousBytes(this.#outside.pid) ?? (await this.metric('process_resident_memory_bytes'));
    this.#peak = Math.max(this.#peak, bytes ?? 0);
    return bytes;
  }

  /** The most that `memory` has seen since `startSampling`. */
  get peak(): number {
    return this.#peak;
  }

  startSampling(): void {
    this.#peak = 0;
    this.#timer = setInterval(() => void this.memory().catch(() => undefined), SAMPLE_MS);
  }

  stopSampling(): void {
    clearInterval(this.#timer);
  }

  /** The sum of a metric over its labels; undefined where there are no metrics, or none of that name. */
  async metric(name: string): Promise<number | undefined> {
    return sumOf(name, await this.metrics());
  }

  /** Text of /metrics; empty where there is no ops URL. @throws Error when it is not served. */
  async metrics(): Promise<string> {
    const { opsUrl } = this.#outside;
    if (opsUrl === undefined) return '';
    const response = await fetch(`${opsUrl}/metrics`, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`/metrics was answered with ${response.status}`);
    return await response.text();
  }
}

/** Sum of all lines of a metric in Prometheus' text format, or of those whose labels hold `label`. */
export function sumOf(name: string, text: string, label = ''): number | undefined {
  let sum: number | undefined;
  for (const line of text.split('\n')) {
    const [, labels = '', value] = /^\w+(\{.*\})? (\S+)$/.exec(line.startsWith(name) ? line : '') ?? [];
    if (value === undefined || !/^[{ ]/.test(line.slice(name.length)) || !labels.includes(label)) continue;
    sum = (sum ?? 0) + Number(value);
  }
  return sum;
}

/**
 * Without the pages of files: what LMDB has mapped is the kernel's cache, grows with the event log, and is given back
 * when somebody needs it. Only Linux tells.
 */
function anonymousBytes(pid: number | undefined): number | undefined {
  if (pid === undefined || process.platform !== 'linux') return undefined;
  try {
    const [, kibibytes] = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch {
    return undefined;
  }
}
