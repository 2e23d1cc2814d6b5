import { formatTimestamp, parseTimestamp } from '../../../../../libs/ocpp/mod.js';
import { defined } from '../defined.js';
import { statusInfo } from '../outcomes.js';
import { oneCall, type Request16, type Request21, type Response16, type Response21 } from './row.js';

type Composite21 = NonNullable<Response21<'GetCompositeSchedule'>['schedule']>;
type Period21 = Composite21['chargingSchedulePeriod'][number];
type Period16 = NonNullable<
  Response16<'GetCompositeSchedule'>['chargingSchedule']
>['chargingSchedulePeriod'][number];

/** 1.6 5.7. */
export const getCompositeSchedule = oneCall('GetCompositeSchedule', 'GetCompositeSchedule', {
  notes: [
    'evseId becomes the connectorId.',
    'The schedule is left out, with a statusInfo, when the station does not say when it begins or gives no periods.',
  ],
  takes: { evseId: true, duration: true, chargingRateUnit: true },
  request: ({ evseId, duration, chargingRateUnit }) =>
    defined<Request16<'GetCompositeSchedule'>>({ connectorId: evseId, duration, chargingRateUnit }),
  response(response, request) {
    const { status } = response;
    if (status !== 'Accepted') return { status };
    const schedule = scheduleOf(response, request);
    if (schedule !== undefined) return { status, schedule };
    const words = 'the station told no schedule, or not when it begins';
    return { status, statusInfo: statusInfo('MissingParam', words) };
  },
});

function scheduleOf(
  { connectorId = -1, scheduleStart, chargingSchedule }: Response16<'GetCompositeSchedule'>,
  { evseId, duration }: Request21<'GetCompositeSchedule'>,
): Composite21 | undefined {
  const start = scheduleStart ?? chargingSchedule?.startSchedule;
  const [first, ...rest] = chargingSchedule?.chargingSchedulePeriod ?? [];
  if (chargingSchedule === undefined || start === undefined || first === undefined) return undefined;
  return {
    evseId: connectorId >= 0 ? connectorId : evseId,
    duration: chargingSchedule.duration ?? duration,
    scheduleStart: utc(start),
    chargingRateUnit: chargingSchedule.chargingRateUnit,
    chargingSchedulePeriod: [first, ...rest].map(periodTo21),
  };
}

/** Without an offset a 1.6 station's time is taken as UTC, as everywhere. */
function utc(text: string): string {
  const read = text.endsWith('Z') ? undefined : parseTimestamp(text);
  return read === undefined ? text : formatTimestamp(read.at);
}

/** A number of phases that no station has is left out. */
const periodTo21 = ({ startPeriod, limit, numberPhases }: Period16): Period21 =>
  defined<Period21>({
    startPeriod,
    limit,
    numberPhases: [0, 1, 2, 3].includes(numberPhases ?? -1) ? numberPhases : undefined,
  });
