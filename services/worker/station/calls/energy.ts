import type { Request, Response } from '../../../../libs/ocpp/mod.js';
import { decided, type DecisionRow } from './row.js';

type Needs = Request<'2.0.1', 'NotifyEVChargingNeeds'> | Request<'2.1', 'NotifyEVChargingNeeds'>;
type Schedule = Request<'2.0.1', 'NotifyEVChargingSchedule'> | Request<'2.1', 'NotifyEVChargingSchedule'>;

export const notifyEVChargingNeeds: DecisionRow<Needs, Response<'2.0.1', 'NotifyEVChargingNeeds'>> = decided(
  'NotifyEVChargingNeeds',
  () => ({ status: 'Rejected' }),
  'ev.charging.needs',
  ({ evseId }, { status }) => ({ evseId, status }),
);

export const notifyEVChargingSchedule: DecisionRow<
  Schedule,
  Response<'2.0.1', 'NotifyEVChargingSchedule'>
> = decided(
  'NotifyEVChargingSchedule',
  () => ({ status: 'Accepted' }),
  'ev.charging.schedule',
  ({ evseId }, { status }) => ({ evseId, status }),
);

export const pullDynamicScheduleUpdate: DecisionRow<
  Request<'2.1', 'PullDynamicScheduleUpdate'>,
  Response<'2.1', 'PullDynamicScheduleUpdate'>
> = decided(
  'PullDynamicScheduleUpdate',
  () => ({ status: 'Rejected' }),
  'schedule.pulled',
  ({ chargingProfileId }, { status }) => ({ chargingProfileId, status }),
);

export const openPeriodicEventStream: DecisionRow<
  Request<'2.1', 'OpenPeriodicEventStream'>,
  Response<'2.1', 'OpenPeriodicEventStream'>
> = decided(
  'OpenPeriodicEventStream',
  () => ({ status: 'Rejected' }),
  'stream.opened',
  ({ constantStreamData: { id, variableMonitoringId } }, { status }) => ({
    streamId: id,
    variableMonitoringId,
    status,
  }),
);

/** The request's number and EVSE are echoed (2.1 I07†). */
export const vatNumberValidation: DecisionRow<
  Request<'2.1', 'VatNumberValidation'>,
  Response<'2.1', 'VatNumberValidation'>
> = {
  ...decided<Request<'2.1', 'VatNumberValidation'>, Response<'2.1', 'VatNumberValidation'>, 'vat.validated'>(
    'VatNumberValidation',
    ({ vatNumber, evseId }) => ({ vatNumber, status: 'Rejected', ...(evseId !== undefined && { evseId }) }),
    'vat.validated',
    ({ vatNumber, evseId }, { status }) => ({ vatNumber, evseId, status }),
  ),
  complete: (_turn, { payload: { vatNumber, evseId } }, answer) => ({
    ...answer,
    vatNumber,
    ...(evseId !== undefined && { evseId }),
  }),
};
