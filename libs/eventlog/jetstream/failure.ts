import { JetStreamApiError } from '@nats-io/jetstream';
import { EventLogError } from '../errors.js';

/** JetStream's own numbers of what it refuses. */
export const API_CODE = {
  noSuitablePeers: 10005,
  noConsumer: 10014,
  noMessage: 10037,
  messageTooLarge: 10054,
  otherConfiguration: 10058,
  noStream: 10059,
  overlap: 10065,
  wrongLastSequence: 10071,
  replicasNeedCluster: 10074,
  headersTooLarge: 10097,
} as const;

export const NOT_CONNECTED = 'not connected to NATS: check that nats-server runs and can be reached';

export function unavailable(message: string, cause?: unknown): EventLogError {
  return new EventLogError('unavailable', message, cause === undefined ? undefined : { cause });
}

export function closed(): EventLogError {
  return unavailable('the event log is closed');
}

/** What the NATS client threw, in this lib's terms and with what to check. */
export function explained(error: unknown, stream: string): EventLogError {
  if (error instanceof EventLogError) return error;
  if (error instanceof JetStreamApiError) {
    return error.code === API_CODE.noStream
      ? unavailable(`the stream ${stream} is gone; it is being created again`, error)
      : unavailable(`JetStream refuses: ${error.message} (error ${error.code})`, error);
  }
  const name = error instanceof Error ? error.name : '';
  if (name === 'JetStreamNotEnabled' || name === 'NoRespondersError' || name === 'NoResponders') {
    return unavailable(
      'JetStream does not answer: start nats-server with -js, in a cluster a majority of its servers; ' +
        'with accounts, enable jetstream for this one',
      error,
    );
  }
  if (name === 'TimeoutError') {
    return unavailable(
      'JetStream did not answer in time: check the load of the NATS servers, and that a majority of them runs',
      error,
    );
  }
  const text = error instanceof Error ? error.message : String(error);
  return unavailable(`the request to JetStream failed (${text}): check the connection to NATS`, error);
}
