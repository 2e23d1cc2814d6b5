const PRICES =
  'a 2.0.1 station is told the cost of a transaction (CostUpdated, and the answers to its TransactionEvents)';
const DER = 'a 2.0.1 station is no distributed energy resource; SetChargingProfile limits what it draws';
const STREAMS =
  'a 2.0.1 station sends values by its monitors (SetVariableMonitoring with Periodic) and its meter values by SampledDataCtrlr';

/** The commands of 2.1 that 2.0.1 has nothing for; what it has instead. */
export const ABSENT_201: Readonly<Record<string, string>> = {
  AFRRSignal: 'use SetChargingProfile with the limits that follow from the signal',
  AdjustPeriodicEventStream: STREAMS,
  ChangeTransactionTariff: PRICES,
  ClearDERControl: DER,
  ClearTariffs: PRICES,
  GetDERControl: DER,
  GetPeriodicEventStream: STREAMS,
  GetTariffs: PRICES,
  NotifyAllowedEnergyTransfer: 'a 2.0.1 station does not change the mode of energy transfer in a transaction',
  NotifyWebPaymentStarted: 'a 2.0.1 station can be told by SetDisplayMessage that a payment is under way',
  RequestBatterySwap: 'a 2.0.1 station charges vehicles and has no batteries to swap',
  SetDERControl: DER,
  SetDefaultTariff: PRICES,
  UpdateDynamicSchedule: '2.0.1 has no dynamic profiles: use SetChargingProfile with the new limits',
  UsePriorityCharging:
    '2.0.1 has no priority charging: use SetChargingProfile with a TxProfile of a higher stackLevel',
};
