import { ServerError, Status, type CallContext } from 'nice-grpc-common';
import type { grpc } from '../../../libs/api/mod.js';
import type { Clock } from '../../../libs/clock/mod.js';
import {
  beginRotation,
  credentialFor,
  MAX_PASSWORDS,
  takeBackPassword,
} from '../../../libs/provisioning/mod.js';
import type { Credential, Directory, StationRecord } from '../../../libs/store/mod.js';
import type { ApiContext } from '../context.js';
import { commandStatus } from '../commands/mod.js';
import { changeStation } from './directory-changes.js';
import { refusedAtOnce, type PasswordWriter, type Written } from './password-writer.js';
import { invalid, passwordOf, stationIdOf, type GivenPassword } from './requests.js';
import { timeOf, type Time } from './time.js';

export interface RotationOptions {
  readonly directory: Directory;
  readonly writer: PasswordWriter;
  readonly clock: Clock;
}

/** How long a station is waited for, where the caller does not say. */
const WAIT_MS = 10_000;

/** A password that was added to a station's. */
interface Added {
  readonly stationId: string;
  readonly credential: Credential;
  /** An earlier rotation was under way. */
  readonly earlier: boolean;
}

/**
 * Rotates passwords. The new one is valid before the station hears of it, and stays so until the station has said that it does
 * not take it: at no time is it shut out.
 */
export class Rotation {
  constructor(private readonly options: RotationOptions) {}

  async rotate(
    request: grpc.RotatePasswordRequest,
    context: CallContext & ApiContext,
  ): Promise<grpc.RotatePasswordResponse> {
    const stationId = stationIdOf(request.stationId);
    const password = passwordOf(request);
    const time = timeOf(context, this.options.clock, WAIT_MS);
    const added = await this.#add(stationId, password);
    const { generated: generatedPassword } = password;
    if (!request.writeToStation) return { generatedPassword, command: undefined, rotating: true };
    const { command, rejected } = await this.#write(added, password, time, context.signal);
    const taken = rejected && (await this.#takeBack(added));
    return { generatedPassword, command: commandStatus(command), rotating: !taken };
  }

  async #add(stationId: string, password: GivenPassword): Promise<Added> {
    let credential: Credential | undefined;
    const { before } = await changeStation(this.options.directory, stationId, (record) => {
      mustHaveRoom(record);
      credential = credentialFor(password.bytes, record.credentials);
      if (record.credentials.includes(credential)) throw invalid('password is valid already: give a new one');
      return beginRotation(record, credential);
    });
    if (credential === undefined) throw new Error('no password was added');
    return { stationId, credential, earlier: before.rotating === true };
  }

  async #write(
    added: Added,
    password: GivenPassword,
    { until }: Time,
    signal: AbortSignal,
  ): Promise<Written> {
    try {
      return await this.options.writer.write(added.stationId, password, until, signal);
    } catch (error) {
      if (refusedAtOnce(error)) await this.#takeBack(added);
      throw error;
    }
  }

  /** False: nothing was to be taken back, since the password was used or replaced meanwhile. */
  async #takeBack({ stationId, credential, earlier }: Added): Promise<boolean> {
    try {
      const { before, after } = await changeStation(this.options.directory, stationId, (record) =>
        takeBackPassword(record, credential, earlier),
      );
      return before !== after;
    } catch (error) {
      // Removed meanwhile.
      if (error instanceof ServerError && error.code === Status.NOT_FOUND) return true;
      throw error;
    }
  }
}

/** @throws ServerError FAILED_PRECONDITION */
function mustHaveRoom({ stationId, credentials }: StationRecord): void {
  if (credentials.length === 0) {
    const text = `station ${stationId} connects without a password: give it one with SetPassword`;
    throw new ServerError(Status.FAILED_PRECONDITION, text);
  }
  if (credentials.length < MAX_PASSWORDS) return;
  const text = `${credentials.length} passwords of station ${stationId} are valid: wait until it uses the newest, or replace them all with SetPassword`;
  throw new ServerError(Status.FAILED_PRECONDITION, text);
}
