/** What a 1.6 configuration key may hold, and whether it is the operator's to change. */
export interface ConfigurationKey {
  readonly key: string;
  readonly value: string;
  readonly kind: 'text' | 'integer' | 'boolean' | 'list';
  readonly access: 'read' | 'write' | 'read-write';
  /** A change takes effect after a reboot. */
  readonly reboot?: true;
}

const row =
  (access: ConfigurationKey['access']) =>
  (kind: ConfigurationKey['kind'], entries: Readonly<Record<string, string>>): ConfigurationKey[] =>
    Object.entries(entries).map(([key, value]) => ({ key, value, kind, access }));

const fixed = row('read');
const open = row('read-write');

/** 1.6 chapter 9 and the security whitepaper, with the factory values of this station. */
export const CONFIGURATION_KEYS: readonly ConfigurationKey[] = [
  ...open('boolean', {
    AllowOfflineTxForUnknownId: 'false',
    AuthorizationCacheEnabled: 'false',
    AuthorizeRemoteTxRequests: 'false',
    LocalAuthorizeOffline: 'true',
    LocalAuthListEnabled: 'true',
    LocalPreAuthorize: 'false',
    StopTransactionOnEVSideDisconnect: 'true',
    StopTransactionOnInvalidId: 'true',
    UnlockConnectorOnEVSideDisconnect: 'true',
    AdditionalRootCertificateCheck: 'false',
  }),
  ...open('integer', {
    ClockAlignedDataInterval: '0',
    ConnectionTimeOut: '60',
    HeartbeatInterval: '0',
    MeterValueSampleInterval: '60',
    MinimumStatusDuration: '0',
    ResetRetries: '1',
    TransactionMessageAttempts: '3',
    TransactionMessageRetryInterval: '60',
    WebSocketPingInterval: '0',
    MaxEnergyOnInvalidId: '0',
  }),
  ...open('list', {
    ConnectorPhaseRotation: 'NotApplicable',
    MeterValuesAlignedData: 'Energy.Active.Import.Register',
    MeterValuesSampledData: 'Energy.Active.Import.Register,Power.Active.Import',
    StopTxnAlignedData: '',
    StopTxnSampledData: '',
  }),
  ...open('text', { CpoName: '' }),
  { key: 'SecurityProfile', value: '0', kind: 'integer', access: 'read-write', reboot: true },
  { key: 'AuthorizationKey', value: '', kind: 'text', access: 'write' },
  ...fixed('integer', {
    NumberOfConnectors: '1',
    GetConfigurationMaxKeys: '100',
    LocalAuthListMaxLength: '1000',
    SendLocalListMaxLength: '1000',
    ChargeProfileMaxStackLevel: '99',
    ChargingScheduleMaxPeriods: '1024',
    MaxChargingProfilesInstalled: '100',
    CertificateStoreMaxLength: '50',
  }),
  ...fixed('boolean', {
    ConnectorSwitch3to1PhaseSupported: 'false',
    ReserveConnectorZeroSupported: 'false',
  }),
  ...fixed('list', {
    ChargingScheduleAllowedChargingRateUnit: 'Current,Power',
    SupportedFeatureProfiles:
      'Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger',
    SupportedFileTransferProtocols: 'HTTP,HTTPS,FTP',
  }),
];
