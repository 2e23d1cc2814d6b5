import type { Quirk } from '../../libs/ocpp/mod.js';
import { Fields, listUnder, Problems, readDocument, type Document } from '../../libs/ops/mod.js';
import {
  MAX_PASSWORDS,
  STATION_QUIRKS,
  wrongPassword,
  wrongPasswordHex,
  wrongSerialNumber,
  wrongStationId,
} from '../../libs/provisioning/mod.js';
import type { Credential } from '../../libs/store/mod.js';

/** A station as the file has it: passwords as raw bytes, not yet hashed. */
export interface StationEntry {
  readonly stationId: string;
  readonly disabled: boolean;
  /** Any of them, and any of `credentials`, opens the door. */
  readonly passwords: readonly Uint8Array[];
  readonly credentials: readonly Credential[];
  readonly serialNumber: string | undefined;
  readonly minimumSecurityProfile: number | undefined;
  readonly quirks: readonly Quirk[];
}

/**
 * Reads a stations file (docs: README, "Closing the doors").
 * @throws ConfigError with a line for each problem.
 */
export async function readStations(file: string): Promise<StationEntry[]> {
  return stationsOf(await readDocument(file));
}

/** @throws ConfigError as `readStations` does. */
export function stationsOf(document: Document): StationEntry[] {
  const problems = new Problems(document);
  const firstAt = new Map<string, number>();
  const entries = listUnder(document, 'stations', problems).flatMap((value, index) => {
    const fields = Fields.of(value, ['stations', index], problems);
    const entry = fields === undefined ? undefined : stationOf(fields);
    if (fields === undefined || entry === undefined) return [];
    const first = firstAt.get(entry.stationId);
    if (first !== undefined) fields.problem(`'${entry.stationId}' is the id of stations[${first}] too`, 'id');
    firstAt.set(entry.stationId, index);
    return [entry];
  });
  problems.throwIfAny();
  return entries;
}

function stationOf(fields: Fields): StationEntry | undefined {
  const stationId = fields.requiredText('id', wrongStationId);
  const passwords = [
    ...fields.texts('password', MAX_PASSWORDS, wrongPassword).map((text) => Buffer.from(text)),
    ...fields.texts('passwordHex', MAX_PASSWORDS, wrongPasswordHex).map((text) => Buffer.from(text, 'hex')),
  ];
  const credentials = [credentialOf(fields.object('credential'))].filter(
    (credential) => credential !== undefined,
  );
  checkDoor(fields, fields.flag('noPassword') ?? false);
  const entry = {
    disabled: fields.flag('disabled') ?? false,
    passwords,
    credentials,
    serialNumber: fields.text('serialNumber', wrongSerialNumber),
    minimumSecurityProfile: fields.integer('minimumSecurityProfile', 0, 3),
    quirks: fields.choices('quirks', STATION_QUIRKS) ?? [],
  };
  fields.end();
  return stationId === undefined ? undefined : { stationId, ...entry };
}

/** A forgotten password must not open a door: that a station has none is said. */
function checkDoor(fields: Fields, noPassword: boolean): void {
  const hasSecret = ['password', 'passwordHex', 'credential', 'serialNumber'].some((name) =>
    fields.has(name),
  );
  if (!hasSecret && !noPassword) {
    fields.problem(
      'needs password, passwordHex, credential or serialNumber (or noPassword: true to let it in without one)',
    );
  }
  if (hasSecret && noPassword)
    fields.problem('contradicts the password or serial number that is given', 'noPassword');
}

function credentialOf(fields: Fields | undefined): Credential | undefined {
  if (fields === undefined) return undefined;
  const algorithm = fields.choice('algorithm', ['hmac-sha256']) ?? 'hmac-sha256';
  const salt = fields.requiredText('salt', (text) => wrongBase64(text, 8, 64));
  const hash = fields.requiredText('hash', (text) => wrongBase64(text, 32, 32));
  fields.end();
  return salt === undefined || hash === undefined ? undefined : { algorithm, salt, hash };
}

function wrongBase64(text: string, min: number, max: number): string | undefined {
  const bytes = Buffer.from(text, 'base64');
  const ok = bytes.toString('base64') === text && bytes.length >= min && bytes.length <= max;
  return ok ? undefined : `must be base64 of ${min === max ? min : `${min} to ${max}`} bytes`;
}
