import type { Evse } from '../../model/evse.js';
import type { Station } from '../../station.js';
import { toProfile } from '../profiles.js';
import { connectorsOf, type Handler16 } from './handler.js';

const isFree = (evse: Evse) => !evse.busy && (evse.status === 'Available' || evse.status === 'Reserved');

/** A reserved connector serves its holder only. */
const serves = (evse: Evse, idTag: string) =>
  evse.reservation === undefined ||
  evse.reservation.idToken === idTag ||
  evse.reservation.groupIdToken === idTag;

/** 1.6 5.11. Accepted: a StartTransaction with this idTag follows. */
export const remoteStartTransaction: Handler16<'RemoteStartTransaction'> = ({ station }, request) => {
  const { idTag, connectorId, chargingProfile } = request;
  const candidates = connectorId === undefined ? station.evses : [station.evse(connectorId)];
  const evse = candidates.find(
    (candidate) => candidate !== undefined && isFree(candidate) && serves(candidate, idTag),
  );
  if (evse === undefined || !station.ready) return { status: 'Rejected' };
  if (chargingProfile !== undefined) {
    if (chargingProfile.chargingProfilePurpose !== 'TxProfile') return { status: 'Rejected' };
    if (!station.profiles.set(toProfile(evse.id, chargingProfile))) return { status: 'Rejected' };
  }
  station.afterAnswer(() => station.chargeRemotely(evse, { idToken: idTag, type: 'ISO14443' }, undefined));
  return { status: 'Accepted' };
};

function chargingUnder(station: Station, transactionId: number): Evse | undefined {
  return station.evses.find((evse) => evse.transaction?.id === transactionId);
}

/** 1.6 5.12. Accepted: a StopTransaction follows. */
export const remoteStopTransaction: Handler16<'RemoteStopTransaction'> = ({ station }, { transactionId }) => {
  const evse = chargingUnder(station, transactionId);
  if (evse === undefined) return { status: 'Rejected' };
  station.afterAnswer(() => station.charging.stop(evse, 'Remote'));
  return { status: 'Accepted' };
};

/** 1.6 5.18: the cable is released, which ends a transaction. */
export const unlockConnector: Handler16<'UnlockConnector'> = ({ station }, { connectorId }) => {
  const evse = station.evse(connectorId);
  if (evse === undefined) return { status: 'NotSupported' };
  station.afterAnswer(() => {
    station.charging.stop(evse, 'UnlockCommand');
    station.charging.unplug(evse);
  });
  return { status: 'Unlocked' };
};

/** 1.6 5.14. A soft reset ends transactions in order; both come back with a BootNotification. */
export const reset: Handler16<'Reset'> = ({ station }, { type }) => {
  station.afterAnswer(() => station.reboot('RemoteReset', type === 'Soft' ? 'SoftReset' : 'HardReset'));
  return { status: 'Accepted' };
};

/** 1.6 5.2. Scheduled while a transaction runs on any connector that is meant. */
export const changeAvailability: Handler16<'ChangeAvailability'> = (dialect, { connectorId, type }) => {
  const { station } = dialect;
  const evses = connectorsOf(dialect, connectorId);
  if (evses === undefined) return { status: 'Rejected' };
  const operative = type === 'Operative';
  if (connectorId === 0) station.operative = operative;
  for (const evse of evses) evse.operative = operative;
  const free = evses.filter((evse) => !evse.busy);
  station.afterAnswer(() => {
    for (const evse of free) station.setStatus(evse, evse.restStatus);
  });
  return { status: free.length === evses.length || operative ? 'Accepted' : 'Scheduled' };
};

export const dataTransfer: Handler16<'DataTransfer'> = ({ station }, { vendorId, messageId, data }) => {
  if (vendorId !== station.settings.vendor) return { status: 'UnknownVendorId' };
  if (messageId !== 'Echo') return { status: 'UnknownMessageId' };
  return { status: 'Accepted', ...(data === undefined ? {} : { data }) };
};
