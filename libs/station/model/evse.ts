import type { StopReason, Transaction } from '../transaction.js';
import { Meter } from './meter.js';

/** 1.6's ChargePointStatus. 2.x knows fewer; see `occupancyOf`. */
export type ConnectorStatus =
  | 'Available'
  | 'Preparing'
  | 'Charging'
  | 'SuspendedEVSE'
  | 'Finishing'
  | 'Reserved'
  | 'Unavailable'
  | 'Faulted';

/** 2.x's ConnectorStatusEnumType: anything between plugging in and unplugging is Occupied. */
export function occupancyOf(
  status: ConnectorStatus,
): 'Available' | 'Occupied' | 'Reserved' | 'Unavailable' | 'Faulted' {
  switch (status) {
    case 'Available':
    case 'Reserved':
    case 'Unavailable':
    case 'Faulted':
      return status;
    default:
      return 'Occupied';
  }
}

export interface Reservation {
  readonly id: number;
  readonly idToken: string;
  readonly groupIdToken: string | undefined;
  readonly expiresAt: number;
}

/** A place where one vehicle can charge, with one connector and one meter. 1.6 calls it a connector. */
export class Evse {
  readonly id: number;
  readonly meter: Meter;
  status: ConnectorStatus = 'Available';
  /** The status that the central system was told last, in the words of its version. */
  reported: string | undefined;
  /** What ChangeAvailability wants; an inoperative EVSE becomes Unavailable when its transaction is over. */
  operative = true;
  plugged = false;
  transaction: Transaction | undefined;
  reservation: Reservation | undefined;
  /** What the vehicle would take; 0 while nothing is charging. */
  carPowerW = 0;
  /** Called once when charging is stopped by whomever. */
  onStopped: ((reason: StopReason) => void) | undefined;

  constructor(id: number, meterWh: number, now: number) {
    this.id = id;
    this.meter = new Meter(meterWh, now);
  }

  /** The status of an EVSE at which no vehicle stands. */
  get restStatus(): ConnectorStatus {
    if (!this.operative) return 'Unavailable';
    return this.reservation === undefined ? 'Available' : 'Reserved';
  }

  get busy(): boolean {
    return this.plugged || this.transaction !== undefined;
  }
}
