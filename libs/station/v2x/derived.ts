import { formatTimestamp } from '../../ocpp/mod.js';
import { occupancyOf } from '../model/evse.js';
import type { Variable } from '../model/variables.js';
import type { Dialect2x } from './dialect.js';

type Reader = (dialect: Dialect2x) => string | undefined;

/** The variables that say something of the station's present state. */
const STATION_VALUES: Readonly<Record<string, Reader>> = {
  'ChargingStation.AvailabilityState': ({ station }) => (station.operative ? 'Available' : 'Unavailable'),
  'ChargingStation.Model': ({ station }) => station.settings.model,
  'ChargingStation.VendorName': ({ station }) => station.settings.vendor,
  'ChargingStation.SerialNumber': ({ station }) => station.settings.serialNumber ?? station.stationId,
  'ChargingStation.FirmwareVersion': ({ station }) => station.firmwareVersion,
  'ClockCtrlr.DateTime': ({ station }) => formatTimestamp(station.clock.now()),
  'SecurityCtrlr.Identity': ({ station }) => station.stationId,
  'SecurityCtrlr.CertificateEntries': ({ station }) => String(station.certificates.list().length),
  'LocalAuthListCtrlr.Entries': ({ station }) => String(station.localList.size),
  'SmartChargingCtrlr.Entries': ({ station }) => String(station.profiles.list().length),
  'DisplayMessageCtrlr.NumberOfDisplayMessages': ({ features }) => String(features.displayMessages.size),
};

/** The value of a variable that follows from the station's state; undefined: it is kept as it was set. */
export function derivedValue(dialect: Dialect2x, variable: Variable): string | undefined {
  const { spec, evseId } = variable;
  if (evseId === undefined) return STATION_VALUES[`${spec.component}.${spec.variable}`]?.(dialect);
  const evse = dialect.station.evse(evseId);
  if (evse === undefined) return undefined;
  if (spec.variable === 'AvailabilityState') return occupancyOf(evse.status);
  if (spec.variable === 'EvseId') return `${dialect.station.stationId}*${evseId}`;
  if (spec.variable === 'Power') return String(dialect.station.settings.powerW);
  return undefined;
}
