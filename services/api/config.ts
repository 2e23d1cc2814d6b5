import type { SecuritySettings } from './security/mod.js';

export interface ApiConfig {
  /** Unique in the cluster: the words of owners, and outcomes, come to it. */
  readonly apiId: string;
  /** Of gRPC; 0: any free one. */
  readonly port: number;
  /** Who may call, and the address on which gRPC is served. */
  readonly security: SecuritySettings;
  /** How long a station has to answer a command, unless the caller says. */
  readonly commandTimeoutMs: number;
  /** How much longer than that the owner of a station is looked for. */
  readonly graceMs: number;
  /** The actions that business services are asked about. */
  readonly asked: ReadonlySet<string>;
  /** Why the directory cannot be changed by callers. Left out: it can. */
  readonly readOnly?: string;
  /** How often it is looked whether calls can be served. */
  readonly healthMs: number;
  /** How long calls that are under way may go on when the gateway stops. */
  readonly stopMs: number;
}
