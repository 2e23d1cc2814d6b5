import type { Evse } from '../model/evse.js';

/** One reading, in the base unit of its measurand. */
export interface Sample {
  readonly measurand: string;
  readonly value: number;
  readonly unit: 'Wh' | 'W' | 'A' | 'V' | 'Percent';
}

const VOLTS = 230;
const PHASES = 3;
/** A car's battery, for its state of charge. */
const BATTERY_WH = 60_000;

const hundredths = (value: number) => Math.round(value * 100) / 100;

function read(evse: Evse, measurand: string, now: number): Sample | undefined {
  const powerW = evse.meter.powerW;
  switch (measurand) {
    case 'Energy.Active.Import.Register':
      return { measurand, value: Math.floor(evse.meter.read(now)), unit: 'Wh' };
    case 'Power.Active.Import':
    case 'Power.Offered':
      return { measurand, value: Math.round(powerW), unit: 'W' };
    case 'Current.Import':
      return { measurand, value: hundredths(powerW / (VOLTS * PHASES)), unit: 'A' };
    case 'Voltage':
      return { measurand, value: VOLTS, unit: 'V' };
    case 'SoC': {
      const charged = evse.meter.read(now) - (evse.transaction?.meterStartWh ?? evse.meter.read(now));
      return {
        measurand,
        value: Math.min(20 + Math.floor((charged / BATTERY_WH) * 100), 100),
        unit: 'Percent',
      };
    }
    default:
      return undefined;
  }
}

/** Readings of those `measurands` (comma-separated) that the station has; always the energy register at least. */
export function samplesOf(evse: Evse, measurands: string, now: number): readonly Sample[] {
  const samples = measurands
    .split(',')
    .map((measurand) => read(evse, measurand.trim(), now))
    .filter((sample) => sample !== undefined);
  if (samples.length > 0) return samples;
  return [
    { measurand: 'Energy.Active.Import.Register', value: Math.floor(evse.meter.read(now)), unit: 'Wh' },
  ];
}
