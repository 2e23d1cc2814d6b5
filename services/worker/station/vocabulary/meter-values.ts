import type { MeterValue, SampledValue } from '../../../../libs/api/mod.js';
import type { Request } from '../../../../libs/ocpp/mod.js';
import type { Sparse } from '../events.js';
import type { Turn } from '../turn.js';

export type MeterValue16 = Request<'1.6', 'MeterValues'>['meterValue'][number];
type MeterValue2x =
  Request<'2.0.1', 'MeterValues'>['meterValue'][number] | Request<'2.1', 'MeterValues'>['meterValue'][number];
type SampledValue16 = MeterValue16['sampledValue'][number];

/** 1.6 meter values in 2.1's form. */
export function fromMeterValues16(turn: Turn, values: readonly MeterValue16[]): Sparse<MeterValue>[] {
  return values.map(({ timestamp, sampledValue }) => ({
    timestamp: utc(turn, timestamp),
    sampledValue: sampledValue.map(fromSampledValue16),
  }));
}

/** 2.x meter values have the form already; only timestamps without `Z` are made UTC. */
export function fromMeterValues2x(
  turn: Turn,
  values: readonly MeterValue2x[] | undefined,
): readonly Sparse<MeterValue>[] | undefined {
  if (values === undefined || values.every(({ timestamp }) => timestamp.endsWith('Z'))) return values;
  return values.map((value) => ({ ...value, timestamp: utc(turn, value.timestamp) }));
}

/** A register reading of a transaction's begin or end, in Wh. */
export function registerReading(
  turn: Turn,
  timestamp: string,
  value: number,
  context: 'Transaction.Begin' | 'Transaction.End',
): MeterValue {
  const measurand = 'Energy.Active.Import.Register';
  return {
    timestamp: utc(turn, timestamp),
    sampledValue: [{ value, context, measurand, unitOfMeasure: { unit: 'Wh' } }],
  };
}

const utc = (turn: Turn, timestamp: string): string =>
  timestamp.endsWith('Z') ? timestamp : (turn.stationTime(timestamp) ?? timestamp);

function fromSampledValue16(sampled: SampledValue16): Sparse<SampledValue> {
  const { value, measurand, context, phase, location, unit, format } = sampled;
  const signed = format === 'SignedData';
  return {
    value: signed ? undefined : numberOf(value),
    signedMeterValue: signed ? { signedMeterData: value } : undefined,
    measurand,
    context,
    phase,
    location,
    unitOfMeasure: unit === undefined ? undefined : { unit: unit === 'Celcius' ? 'Celsius' : unit },
  };
}

/** Undefined for text that is no finite number. */
function numberOf(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}
