import { randomInt } from 'node:crypto';
import { ServerError, Status } from 'nice-grpc-common';
import type { grpc } from '../../../libs/api/mod.js';
import {
  PASSWORD_ALPHABET,
  STATION_QUIRKS,
  wrongPassword,
  wrongPasswordBytes,
  wrongSerialNumber,
  wrongStationId,
} from '../../../libs/provisioning/mod.js';
import { isQuirk, type Quirk } from '../../../libs/ocpp/mod.js';

/** What requests say, checked. Each throws INVALID_ARGUMENT that names the field; none repeats a password. */

/** A password that is to be valid from now on. */
export interface GivenPassword {
  readonly bytes: Uint8Array;
  /** The text that was given or made; left out for raw bytes. */
  readonly text?: string;
  /** Told to the caller, once. Empty: the caller knows it. */
  readonly generated: string;
}

const GENERATED_LENGTH = 20;

export function stationIdOf(stationId: string, field = 'station_id'): string {
  const wrong = wrongStationId(stationId);
  if (wrong !== undefined) throw invalid(`${field} ${wrong}`);
  return stationId;
}

export function stationOf({ station }: { readonly station: grpc.Station | undefined }): grpc.Station {
  if (station === undefined) throw invalid('station is missing');
  stationIdOf(station.stationId, 'station.station_id');
  return station;
}

export function minimumProfileOf({ minimumSecurityProfile: profile }: grpc.Station): number {
  if (Number.isInteger(profile) && profile >= 0 && profile <= 3) return profile;
  throw invalid(`station.minimum_security_profile must be 0 to 3, is ${profile}`);
}

/** Undefined: certificates open nothing. */
export function serialNumberOf({ serialNumber }: grpc.Station): string | undefined {
  if (serialNumber === '') return undefined;
  const wrong = wrongSerialNumber(serialNumber);
  if (wrong !== undefined) throw invalid(`station.serial_number ${wrong}`);
  return serialNumber;
}

/** Each once. */
export function quirksOf({ quirks }: grpc.Station): readonly Quirk[] {
  return [...new Set(quirks)].map((name) => {
    if (isQuirk(name) && STATION_QUIRKS.includes(name)) return name;
    throw invalid(
      `station.quirks: there is no ${JSON.stringify(name.slice(0, 50))} among ${STATION_QUIRKS.join(', ')}`,
    );
  });
}

/** Undefined: the station connects without one, which has to be said. */
export function doorOf(request: {
  readonly password: grpc.Password | undefined;
  readonly withoutPassword: boolean;
}): GivenPassword | undefined {
  const { password, withoutPassword } = request;
  if (password === undefined) {
    if (withoutPassword) return undefined;
    throw invalid('password is missing (set without_password to let the station in without one)');
  }
  if (withoutPassword) throw invalid('without_password contradicts the password that is given');
  return passwordOf({ password });
}

export function passwordOf(request: { readonly password: grpc.Password | undefined }): GivenPassword {
  const password = request.password?.password;
  switch (password?.$case) {
    case 'text': {
      const wrong = wrongPassword(password.value);
      if (wrong !== undefined) throw invalid(`password.text ${wrong}`);
      return { bytes: Buffer.from(password.value), text: password.value, generated: '' };
    }
    case 'raw': {
      const wrong = wrongPasswordBytes(password.value);
      if (wrong !== undefined) throw invalid(`password.raw ${wrong} (give a longer one as text)`);
      return { bytes: password.value, generated: '' };
    }
    case 'generate':
      if (password.value) return generated();
      break;
    case undefined:
      break;
  }
  throw invalid('password must set one of text, raw and generate (true)');
}

function generated(): GivenPassword {
  const chars = Array.from(
    { length: GENERATED_LENGTH },
    () => PASSWORD_ALPHABET[randomInt(PASSWORD_ALPHABET.length)],
  );
  const text = chars.join('');
  return { bytes: Buffer.from(text), text, generated: text };
}

export const invalid = (message: string): ServerError => new ServerError(Status.INVALID_ARGUMENT, message);
