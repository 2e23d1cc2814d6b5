import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import type { CallContext } from 'nice-grpc-common';
import type { Clock } from '../../libs/clock/mod.js';

/** Header in which the interceptor tells a call's deadline; callers cannot set it. */
const HEADER = 'x-stationmaster-deadline';

/** nice-grpc does not tell a method how long its caller waits; this puts it into the metadata, for `deadlineOf`. */
export function tellDeadline(clock: Pick<Clock, 'now'>): ServerInterceptor {
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) => {
        next({
          onReceiveMetadata: (received, pass) => {
            const metadata = received.clone();
            metadata.remove(HEADER);
            // By this machine's clock, as grpc-js reads it.
            const leftMs = Number(call.getDeadline()) - Date.now();
            if (Number.isFinite(leftMs)) metadata.set(HEADER, String(clock.now() + leftMs));
            pass(metadata);
          },
        });
      },
    });
}

/** When the caller stops waiting, in epoch milliseconds; undefined: it has not said. */
export function deadlineOf({ metadata }: Pick<CallContext, 'metadata'>): number | undefined {
  const deadline = metadata.get(HEADER);
  return deadline === undefined ? undefined : Number(deadline);
}
