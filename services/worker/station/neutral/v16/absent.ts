const KEYS =
  'a 1.6 station has configuration keys: GetVariables and SetVariables reach them, those without a standard variable under the component ConfigurationKey';
const MONITORS = 'a 1.6 station tells faults in its StatusNotifications and has no monitors to set';
const DISPLAY = "1.6 has no messages for the display; a vendor's own may travel in DataTransfer";
const PRICES = "1.6 knows no prices; a vendor's own may travel in DataTransfer";
const DER = 'a 1.6 station is no distributed energy resource; SetChargingProfile limits what it draws';
const STREAMS =
  'a 1.6 station sends MeterValues at the interval of SampledDataCtrlr.TxUpdatedInterval (SetVariables)';
const FIRMWARE = 'a 1.6 station does not hand firmware on to others: use UpdateFirmware for each';

/** The commands of 2.1 that 1.6 has nothing for; what it has instead, where it has something. */
export const ABSENT_16: Readonly<Record<string, string>> = {
  AFRRSignal: 'use SetChargingProfile with the limits that follow from the signal',
  AdjustPeriodicEventStream: STREAMS,
  ChangeTransactionTariff: PRICES,
  ClearDERControl: DER,
  ClearDisplayMessage: DISPLAY,
  ClearTariffs: PRICES,
  ClearVariableMonitoring: MONITORS,
  CostUpdated: PRICES,
  CustomerInformation:
    'a 1.6 station keeps tokens only: SendLocalList takes them from its list, ClearCache empties its cache',
  GetBaseReport: `${KEYS}; all at once by GetConfiguration in the terms of 1.6`,
  GetChargingProfiles: 'a 1.6 station tells what its profiles come to: use GetCompositeSchedule',
  GetDERControl: DER,
  GetDisplayMessages: DISPLAY,
  GetMonitoringReport: MONITORS,
  GetPeriodicEventStream: STREAMS,
  GetReport: `${KEYS}; all at once by GetConfiguration in the terms of 1.6`,
  GetTariffs: PRICES,
  GetTransactionStatus:
    'a 1.6 station does not tell what it has still to send; a transaction is complete with its StopTransaction',
  NotifyAllowedEnergyTransfer:
    'a 1.6 station charges and never discharges, and knows no modes of energy transfer',
  NotifyWebPaymentStarted: PRICES,
  PublishFirmware: FIRMWARE,
  RequestBatterySwap: 'a 1.6 station charges vehicles and has no batteries to swap',
  SetDERControl: DER,
  SetDefaultTariff: PRICES,
  SetDisplayMessage: DISPLAY,
  SetMonitoringBase: MONITORS,
  SetMonitoringLevel: MONITORS,
  SetNetworkProfile:
    "where a 1.6 station connects to is in its vendor's own configuration keys: use SetVariables on the component ConfigurationKey",
  SetVariableMonitoring: MONITORS,
  UnpublishFirmware: FIRMWARE,
  UpdateDynamicSchedule: '1.6 has no dynamic profiles: use SetChargingProfile with the new limits',
  UsePriorityCharging:
    '1.6 has no priority charging: use SetChargingProfile with a TxProfile of a higher stackLevel',
};
