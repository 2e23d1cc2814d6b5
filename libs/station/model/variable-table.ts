/** A variable of a component of the 2.x device model, with its factory value in this station. */
export interface VariableSpec {
  readonly component: string;
  /** True: the component exists once per EVSE. */
  readonly perEvse: boolean;
  readonly variable: string;
  readonly instance: string | undefined;
  readonly value: string;
  readonly mutability: 'ReadOnly' | 'ReadWrite' | 'WriteOnly';
  readonly dataType:
    'string' | 'decimal' | 'integer' | 'boolean' | 'OptionList' | 'MemberList' | 'SequenceList';
  readonly unit: string | undefined;
  /** What it may hold, for lists and options. */
  readonly values: string | undefined;
  /** A change takes effect after a reboot. */
  readonly reboot: boolean;
}

type Facts = Partial<Omit<VariableSpec, 'component' | 'variable' | 'value'>>;
type Entry = readonly [variable: string, value: string, facts?: Facts];

const DEFAULTS = {
  perEvse: false,
  instance: undefined,
  mutability: 'ReadOnly',
  dataType: 'string',
  unit: undefined,
  values: undefined,
  reboot: false,
} as const;

function component(name: string, entries: readonly Entry[], common: Facts = {}): VariableSpec[] {
  return entries.map(([variable, value, facts]) => ({
    ...DEFAULTS,
    component: name,
    variable,
    value,
    ...common,
    ...facts,
  }));
}

const seconds: Facts = { mutability: 'ReadWrite', dataType: 'integer', unit: 's' };
const count: Facts = { dataType: 'integer' };
const setCount: Facts = { mutability: 'ReadWrite', dataType: 'integer' };
const flag: Facts = { dataType: 'boolean' };
const toggle: Facts = { mutability: 'ReadWrite', dataType: 'boolean' };
const text: Facts = { mutability: 'ReadWrite' };
const members = (values: string): Facts => ({ mutability: 'ReadWrite', dataType: 'MemberList', values });
const option = (values: string): Facts => ({ dataType: 'OptionList', values });

const MEASURANDS = members(
  'Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,SoC,Power.Offered',
);
const POINTS = 'ParkingBayOccupancy,EVConnected,Authorized,PowerPathClosed';
const AVAILABILITY = option('Available,Occupied,Reserved,Unavailable,Faulted');

/** 2.0.1 part 2, appendix 3: the variables that a basic implementation must have, and those that its features need. */
export const VARIABLES: readonly VariableSpec[] = [
  ...component('AlignedDataCtrlr', [
    ['Available', 'true', flag],
    ['Interval', '0', seconds],
    ['Measurands', 'Energy.Active.Import.Register', MEASURANDS],
    ['TxEndedInterval', '0', seconds],
    ['TxEndedMeasurands', 'Energy.Active.Import.Register', MEASURANDS],
  ]),
  ...component('AuthCtrlr', [
    ['Enabled', 'true', toggle],
    ['AuthorizeRemoteStart', 'false', toggle],
    ['LocalAuthorizeOffline', 'true', toggle],
    ['LocalPreAuthorize', 'false', toggle],
    ['OfflineTxForUnknownIdEnabled', 'false', toggle],
    ['MasterPassGroupId', '', text],
  ]),
  ...component('AuthCacheCtrlr', [
    ['Available', 'true', flag],
    ['Enabled', 'false', toggle],
    ['LifeTime', '86400', seconds],
  ]),
  ...component('ChargingStation', [
    ['AvailabilityState', 'Available', AVAILABILITY],
    ['Available', 'true', flag],
    ['Model', ''],
    ['VendorName', ''],
    ['SerialNumber', ''],
    ['FirmwareVersion', ''],
    ['SupplyPhases', '3', count],
    ['AllowNewSessionsPendingFirmwareUpdate', 'false', toggle],
  ]),
  ...component('ClockCtrlr', [
    ['DateTime', ''],
    ['TimeSource', 'Heartbeat', members('Heartbeat,NTP')],
    ['TimeZone', 'UTC', text],
  ]),
  ...component('CustomizationCtrlr', [['CustomImplementationEnabled', 'false', toggle]]),
  ...component('DeviceDataCtrlr', [
    ['ItemsPerMessage', '50', { ...count, instance: 'GetVariables' }],
    ['ItemsPerMessage', '50', { ...count, instance: 'GetReport' }],
    ['ItemsPerMessage', '50', { ...count, instance: 'SetVariables' }],
    ['BytesPerMessage', '65536', { ...count, instance: 'GetVariables' }],
    ['BytesPerMessage', '65536', { ...count, instance: 'SetVariables' }],
    ['BytesPerMessage', '65536', { ...count, instance: 'GetReport' }],
  ]),
  ...component('DisplayMessageCtrlr', [
    ['Available', 'true', flag],
    ['NumberOfDisplayMessages', '0', count],
    ['SupportedFormats', 'ASCII,UTF8', { dataType: 'MemberList', values: 'ASCII,UTF8,HTML,URI' }],
    ['SupportedPriorities', 'AlwaysFront,InFront,NormalCycle', { dataType: 'MemberList' }],
  ]),
  ...component('LocalAuthListCtrlr', [
    ['Available', 'true', flag],
    ['Enabled', 'true', toggle],
    ['Entries', '0', count],
    ['ItemsPerMessage', '1000', count],
    ['BytesPerMessage', '65536', count],
  ]),
  ...component('MonitoringCtrlr', [
    ['Available', 'true', flag],
    ['Enabled', 'true', toggle],
    ['ActiveMonitoringBase', 'FactoryDefault', option('All,FactoryDefault,HardWiredOnly')],
    ['ActiveMonitoringLevel', '9', count],
    ['ItemsPerMessage', '50', { ...count, instance: 'SetVariableMonitoring' }],
    ['BytesPerMessage', '65536', { ...count, instance: 'SetVariableMonitoring' }],
  ]),
  ...component('OCPPCommCtrlr', [
    ['HeartbeatInterval', '0', seconds],
    ['MessageTimeout', '30', { ...count, unit: 's', instance: 'Default' }],
    ['MessageAttempts', '3', { ...setCount, instance: 'TransactionEvent' }],
    ['MessageAttemptInterval', '60', { ...seconds, instance: 'TransactionEvent' }],
    ['FileTransferProtocols', 'HTTP,HTTPS', { dataType: 'MemberList' }],
    ['NetworkConfigurationPriority', '0', { ...text, dataType: 'SequenceList', reboot: true }],
    ['NetworkProfileConnectionAttempts', '3', setCount],
    ['OfflineThreshold', '60', seconds],
    ['QueueAllMessages', 'false', toggle],
    ['ResetRetries', '1', setCount],
    ['RetryBackOffRepeatTimes', '5', setCount],
    ['RetryBackOffRandomRange', '10', seconds],
    ['RetryBackOffWaitMinimum', '10', seconds],
    ['UnlockOnEVSideDisconnect', 'true', toggle],
    ['WebSocketPingInterval', '0', seconds],
  ]),
  ...component('ReservationCtrlr', [
    ['Available', 'true', flag],
    ['Enabled', 'true', toggle],
    ['NonEvseSpecific', 'true', flag],
  ]),
  ...component('SampledDataCtrlr', [
    ['Available', 'true', flag],
    ['Enabled', 'true', toggle],
    ['TxStartedMeasurands', 'Energy.Active.Import.Register', MEASURANDS],
    ['TxUpdatedInterval', '60', seconds],
    ['TxUpdatedMeasurands', 'Energy.Active.Import.Register,Power.Active.Import', MEASURANDS],
    ['TxEndedInterval', '0', seconds],
    ['TxEndedMeasurands', 'Energy.Active.Import.Register', MEASURANDS],
  ]),
  ...component('SecurityCtrlr', [
    ['Identity', ''],
    ['BasicAuthPassword', '', { mutability: 'WriteOnly' }],
    ['OrganizationName', '', text],
    ['SecurityProfile', '0', count],
    ['CertificateEntries', '0', count],
    ['AdditionalRootCertificateCheck', 'false', flag],
  ]),
  ...component('SmartChargingCtrlr', [
    ['Available', 'true', flag],
    ['Enabled', 'true', toggle],
    ['Entries', '0', { ...count, instance: 'ChargingProfiles' }],
    ['LimitChangeSignificance', '1', { mutability: 'ReadWrite', dataType: 'decimal', unit: 'Percent' }],
    ['PeriodsPerSchedule', '1024', count],
    ['ProfileStackLevel', '99', count],
    ['RateUnit', 'A,W', { dataType: 'MemberList', values: 'A,W' }],
  ]),
  ...component('TariffCostCtrlr', [
    ['Available', 'true', { ...flag, instance: 'Tariff' }],
    ['Available', 'true', { ...flag, instance: 'Cost' }],
    ['Currency', 'EUR', text],
    ['TariffFallbackMessage', '', text],
    ['TotalCostFallbackMessage', '', text],
  ]),
  ...component('TxCtrlr', [
    ['EVConnectionTimeOut', '60', seconds],
    ['StopTxOnEVSideDisconnect', 'true', toggle],
    ['StopTxOnInvalidId', 'true', toggle],
    ['TxBeforeAcceptedEnabled', 'true', toggle],
    ['TxStartPoint', 'Authorized', members(POINTS)],
    ['TxStopPoint', 'Authorized', members(POINTS)],
  ]),
  ...component(
    'EVSE',
    [
      ['AllowReset', 'true', flag],
      ['AvailabilityState', 'Available', AVAILABILITY],
      ['Available', 'true', flag],
      ['EvseId', ''],
      ['Power', '0', { dataType: 'decimal', unit: 'W' }],
      ['SupplyPhases', '3', count],
    ],
    { perEvse: true },
  ),
  ...component(
    'Connector',
    [
      ['AvailabilityState', 'Available', AVAILABILITY],
      ['Available', 'true', flag],
      ['ConnectorType', 'cType2'],
      ['SupplyPhases', '3', count],
    ],
    { perEvse: true },
  ),
];
