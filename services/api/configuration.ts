import type { ApiConfig } from './config.js';
import type { SecuritySettings } from './security/mod.js';
import type { GrpcSettings } from './settings.js';

/** The stations of a dead worker are served again within its lease's time and this. */
const OWNER_GRACE_MS = 10_000;
/** A look may write to a disk. */
const HEALTH_MS = 5_000;
const STOP_MS = 5_000;

export type ApiSettings = GrpcSettings & SecuritySettings & { readonly commandTimeout: number };

/** What the API is told by the process that it is part of. */
export type ApiPlace = Pick<ApiConfig, 'apiId' | 'asked' | 'readOnly'>;

export function apiConfigOf(settings: ApiSettings, place: ApiPlace): ApiConfig {
  return {
    ...place,
    port: settings.grpcPort,
    security: settings,
    commandTimeoutMs: settings.commandTimeout,
    graceMs: OWNER_GRACE_MS,
    healthMs: HEALTH_MS,
    stopMs: STOP_MS,
  };
}
