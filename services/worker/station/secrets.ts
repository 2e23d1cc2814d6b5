/** Actions whose payload may hold a secret: a password, the credentials in a URL, or whatever a vendor puts there. */
const MAY_HOLD_SECRET: ReadonlySet<string> = new Set([
  'ChangeConfiguration',
  'DataTransfer',
  'GetDiagnostics',
  'GetLog',
  'PublishFirmware',
  'SetNetworkProfile',
  'SetVariables',
  'SignedUpdateFirmware',
  'UpdateFirmware',
]);

/** Secrets go to the station and the command's caller only: no event tells what the station says about such a command. */
export const mayHoldSecret = (action: string): boolean => MAY_HOLD_SECRET.has(action);
