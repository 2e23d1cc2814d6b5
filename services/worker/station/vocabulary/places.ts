import type { ConnectorStatus, Place } from '../../../../libs/api/mod.js';
import type { Request } from '../../../../libs/ocpp/mod.js';
import type { Sparse } from '../events.js';

/** 1.6 connector `n` is EVSE `n` with connector 1; connector 0 is the station as a whole. */
export const fromConnector16 = (connectorId: number): Sparse<Place> => ({
  evseId: connectorId,
  connectorId: connectorId > 0 ? 1 : undefined,
});

/** 1.6's finer statuses of a connector with a vehicle are 2.x's Occupied. */
export const CONNECTOR_STATUS_16: Readonly<
  Record<Request<'1.6', 'StatusNotification'>['status'], ConnectorStatus>
> = {
  Available: 'Available',
  Preparing: 'Occupied',
  Charging: 'Occupied',
  SuspendedEVSE: 'Occupied',
  SuspendedEV: 'Occupied',
  Finishing: 'Occupied',
  Reserved: 'Reserved',
  Unavailable: 'Unavailable',
  Faulted: 'Faulted',
};

type Reason16 = NonNullable<Request<'1.6', 'StopTransaction'>['reason']>;

/** 2.1's reason for each of 1.6; both resets were ordered by the central system. */
export const STOPPED_REASON_16: Readonly<Record<Reason16, string>> = {
  DeAuthorized: 'DeAuthorized',
  EmergencyStop: 'EmergencyStop',
  EVDisconnected: 'EVDisconnected',
  HardReset: 'ImmediateReset',
  Local: 'Local',
  Other: 'Other',
  PowerLoss: 'PowerLoss',
  Reboot: 'Reboot',
  Remote: 'Remote',
  SoftReset: 'ImmediateReset',
  UnlockCommand: 'Other',
};
/** 1.6: an absent reason means Local. */
export const stoppedReason16 = (reason: Reason16 | undefined): string => STOPPED_REASON_16[reason ?? 'Local'];
