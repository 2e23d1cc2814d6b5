import type { Evse } from '../../model/evse.js';
import type { Station } from '../../station.js';
import { toProfile } from '../profiles.js';
import type { Handler2x } from './handler.js';

type StartRequest = Parameters<Handler2x<'RequestStartTransaction'>>[1];

const isFree = (evse: Evse) => !evse.busy && (evse.status === 'Available' || evse.status === 'Reserved');

/** A reserved EVSE serves its holder only. */
function serves(evse: Evse, { idToken, groupIdToken }: StartRequest): boolean {
  const { reservation } = evse;
  if (reservation === undefined) return true;
  return (
    reservation.idToken === idToken.idToken ||
    (reservation.groupIdToken !== undefined && reservation.groupIdToken === groupIdToken?.idToken)
  );
}

/** 2.0.1 F01, F02. Accepted: a TransactionEvent with this remoteStartId follows. */
export const requestStartTransaction: Handler2x<'RequestStartTransaction'> = ({ station }, request) => {
  const { evseId, idToken, remoteStartId, chargingProfile } = request;
  const candidates = evseId === undefined ? station.evses : [station.evse(evseId)];
  const evse = candidates.find(
    (candidate) => candidate !== undefined && isFree(candidate) && serves(candidate, request),
  );
  if (evse === undefined || !station.ready) return { status: 'Rejected' };
  if (chargingProfile !== undefined) {
    if (chargingProfile.chargingProfilePurpose !== 'TxProfile') return { status: 'Rejected' };
    if (!station.profiles.set(toProfile(evse.id, chargingProfile))) return { status: 'Rejected' };
  }
  const { idToken: text, type } = idToken;
  station.afterAnswer(() => station.chargeRemotely(evse, { idToken: text, type }, remoteStartId));
  return { status: 'Accepted' };
};

/** The EVSE at which a transaction goes on. */
export function evseCharging(station: Station, transactionId: string): Evse | undefined {
  return station.evses.find((evse) => evse.transaction?.id === transactionId);
}

/** 2.0.1 F03. Accepted: a TransactionEvent with the trigger RemoteStop follows. */
export const requestStopTransaction: Handler2x<'RequestStopTransaction'> = ({ station }, request) => {
  const evse = evseCharging(station, request.transactionId);
  if (evse === undefined) return { status: 'Rejected' };
  station.afterAnswer(() => station.charging.stop(evse, 'Remote'));
  return { status: 'Accepted' };
};

/** 2.0.1 F05: not while an authorised transaction goes on. */
export const unlockConnector: Handler2x<'UnlockConnector'> = ({ station }, { evseId, connectorId }) => {
  const evse = station.evse(evseId);
  if (evse === undefined || connectorId !== 1) return { status: 'UnknownConnector' };
  if (evse.transaction?.idToken !== undefined) return { status: 'OngoingAuthorizedTransaction' };
  station.afterAnswer(() => station.charging.unplug(evse));
  return { status: 'Unlocked' };
};

/** 2.0.1 E14. Without a transaction id only the queue is told of. */
export const getTransactionStatus: Handler2x<'GetTransactionStatus'> = ({ station }, { transactionId }) => {
  if (transactionId === undefined) return { messagesInQueue: station.outbox.length > 0 };
  return {
    ongoingIndicator: evseCharging(station, transactionId) !== undefined,
    messagesInQueue: station.outbox.messages.some(({ transaction }) => transaction.id === transactionId),
  };
};

/** 2.0.1 G03, G04. Scheduled while a transaction runs on any EVSE that is meant. */
export const changeAvailability: Handler2x<'ChangeAvailability'> = ({ station }, request) => {
  const { evse: wanted, operationalStatus } = request;
  const one = wanted === undefined || wanted.id === 0 ? undefined : station.evse(wanted.id);
  if (wanted !== undefined && wanted.id !== 0 && one === undefined) return { status: 'Rejected' };
  if ((wanted?.connectorId ?? 1) !== 1) return { status: 'Rejected' };
  const evses = one === undefined ? station.evses : [one];
  const operative = operationalStatus === 'Operative';
  if (one === undefined) station.operative = operative;
  for (const evse of evses) evse.operative = operative;
  const free = evses.filter((evse) => !evse.busy);
  station.afterAnswer(() => {
    for (const evse of free) station.setStatus(evse, evse.restStatus);
  });
  return { status: free.length === evses.length || operative ? 'Accepted' : 'Scheduled' };
};
