/** A 1.6 configuration key that is a variable of the 2.x device model. */
export interface ConfigurationKey {
  readonly key: string;
  readonly component: string;
  readonly variable: string;
  readonly instance?: string;
  /** Its value is never told. */
  readonly writeOnly?: true;
  /** 2.1's value in 1.6's form; undefined when it has none, for the reason that `must` gives. Left out: the same text. */
  readonly to16?: (value: string) => string | undefined;
  readonly must?: string;
  /** 1.6's value in 2.1's form. Left out: the same text. */
  readonly to21?: (value: string) => string;
}

/**
 * The component under which every configuration key can be reached by its own name, the standard's and the vendor's:
 * `{ component: { name: 'ConfigurationKey' }, variable: { name: 'LightIntensity' } }`. Values stay as they are.
 */
export const OTHER_KEYS = 'ConfigurationKey';

type Conversion = Omit<ConfigurationKey, 'key' | 'component' | 'variable' | 'instance'>;

/** `place`: component, variable and instance as `OCPPCommCtrlr.MessageAttempts[TransactionEvent]`. */
function row(key: string, place: string, conversion: Conversion = {}): ConfigurationKey {
  const [, component = '', variable = '', instance] = /^(\w+)\.(\w+)(?:\[(\w+)\])?$/.exec(place) ?? [];
  return { key, component, variable, ...(instance !== undefined && { instance }), ...conversion };
}

/** 1.6J 6.2.2: 16 to 20 bytes, in hexadecimal digits; the station sends the bytes as its password. */
const PASSWORD: Conversion = {
  writeOnly: true,
  must: `must have 16 to 20 bytes of UTF-8 there; for bytes that are no text, set ${OTHER_KEYS}.AuthorizationKey to their hexadecimal digits`,
  to16(value) {
    const bytes = Buffer.from(value);
    return bytes.length < 16 || bytes.length > 20 ? undefined : bytes.toString('hex').toUpperCase();
  },
};

const swap = (value: string, names: Readonly<Record<string, string>>): string =>
  value
    .split(',')
    .map((name) => names[name.trim()] ?? name.trim())
    .join(',');

const RATE_UNIT: Conversion = {
  to16: (value) => swap(value, { A: 'Current', W: 'Power' }),
  to21: (value) => swap(value, { Current: 'A', Power: 'W' }),
};

/**
 * 1.6 chapter 9, the security whitepaper, and the application note on ISO 15118. Left to OTHER_KEYS: keys that mean something
 * else than the variable of a like name (a maximum length is not the number of entries).
 */
export const CONFIGURATION_KEYS: readonly ConfigurationKey[] = [
  row('AllowOfflineTxForUnknownId', 'AuthCtrlr.OfflineTxForUnknownIdEnabled'),
  row('AuthorizationCacheEnabled', 'AuthCacheCtrlr.Enabled'),
  row('AuthorizeRemoteTxRequests', 'AuthCtrlr.AuthorizeRemoteStart'),
  row('ClockAlignedDataInterval', 'AlignedDataCtrlr.Interval'),
  row('ConnectionTimeOut', 'TxCtrlr.EVConnectionTimeOut'),
  row('GetConfigurationMaxKeys', 'DeviceDataCtrlr.ItemsPerMessage[GetVariables]'),
  row('HeartbeatInterval', 'OCPPCommCtrlr.HeartbeatInterval'),
  row('LocalAuthorizeOffline', 'AuthCtrlr.LocalAuthorizeOffline'),
  row('LocalPreAuthorize', 'AuthCtrlr.LocalPreAuthorize'),
  row('MaxEnergyOnInvalidId', 'TxCtrlr.MaxEnergyOnInvalidId'),
  row('MeterValuesAlignedData', 'AlignedDataCtrlr.Measurands'),
  row('MeterValuesSampledData', 'SampledDataCtrlr.TxUpdatedMeasurands'),
  row('MeterValueSampleInterval', 'SampledDataCtrlr.TxUpdatedInterval'),
  row('ResetRetries', 'OCPPCommCtrlr.ResetRetries'),
  row('StopTransactionOnEVSideDisconnect', 'TxCtrlr.StopTxOnEVSideDisconnect'),
  row('StopTransactionOnInvalidId', 'TxCtrlr.StopTxOnInvalidId'),
  row('StopTxnAlignedData', 'AlignedDataCtrlr.TxEndedMeasurands'),
  row('StopTxnSampledData', 'SampledDataCtrlr.TxEndedMeasurands'),
  row('TransactionMessageAttempts', 'OCPPCommCtrlr.MessageAttempts[TransactionEvent]'),
  row('TransactionMessageRetryInterval', 'OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]'),
  row('UnlockConnectorOnEVSideDisconnect', 'OCPPCommCtrlr.UnlockOnEVSideDisconnect'),
  row('WebSocketPingInterval', 'OCPPCommCtrlr.WebSocketPingInterval'),
  row('SupportedFileTransferProtocols', 'OCPPCommCtrlr.FileTransferProtocols'),
  row('LocalAuthListEnabled', 'LocalAuthListCtrlr.Enabled'),
  row('SendLocalListMaxLength', 'LocalAuthListCtrlr.ItemsPerMessage'),
  row('ReserveConnectorZeroSupported', 'ReservationCtrlr.NonEvseSpecific'),
  row('ChargeProfileMaxStackLevel', 'SmartChargingCtrlr.ProfileStackLevel'),
  row('ChargingScheduleAllowedChargingRateUnit', 'SmartChargingCtrlr.RateUnit', RATE_UNIT),
  row('ChargingScheduleMaxPeriods', 'SmartChargingCtrlr.PeriodsPerSchedule'),
  row('ConnectorSwitch3to1PhaseSupported', 'SmartChargingCtrlr.Phases3to1'),
  row('AdditionalRootCertificateCheck', 'SecurityCtrlr.AdditionalRootCertificateCheck'),
  row('AuthorizationKey', 'SecurityCtrlr.BasicAuthPassword', PASSWORD),
  row('CertificateSignedMaxChainSize', 'SecurityCtrlr.MaxCertificateChainSize'),
  row('CertSigningRepeatTimes', 'SecurityCtrlr.CertSigningRepeatTimes'),
  row('CertSigningWaitMinimum', 'SecurityCtrlr.CertSigningWaitMinimum'),
  row('CpoName', 'SecurityCtrlr.OrganizationName'),
  row('SecurityProfile', 'SecurityCtrlr.SecurityProfile'),
  row('CentralContractValidationAllowed', 'ISO15118Ctrlr.CentralContractValidationAllowed'),
  row('ContractValidationOffline', 'ISO15118Ctrlr.ContractValidationOffline'),
  row('ISO15118PnCEnabled', 'ISO15118Ctrlr.PnCEnabled'),
];
