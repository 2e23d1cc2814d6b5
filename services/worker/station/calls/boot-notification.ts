import type { RegistrationStatus, StationBooted } from '../../../../libs/api/mod.js';
import type { Connection } from '../../../../libs/link/mod.js';
import { formatTimestamp, type Request, type Response } from '../../../../libs/ocpp/mod.js';
import { onReboot } from '../commands/queue.js';
import type { Sparse } from '../events.js';
import { register } from '../registration.js';
import type { Turn } from '../turn.js';
import { recordEvent, type Call, type DecisionRow } from './row.js';

type Request16 = Request<'1.6', 'BootNotification'>;
type Request2x = Request<'2.0.1', 'BootNotification'> | Request<'2.1', 'BootNotification'>;
type Answer = Pick<Response<'2.0.1', 'BootNotification'>, 'status' | 'currentTime' | 'interval'>;
type Facts = Omit<Sparse<StationBooted>, 'status' | 'interval' | 'reboot'>;

/** Accepted when the station is known, else Pending (CONFORMANCE 4). */
function fallback(turn: Turn, call: Call<unknown>): Answer {
  return withTimes(turn, call.connection.provisioned ? 'Accepted' : 'Pending');
}

/** `interval`: the heartbeat's when accepted, else the least wait before the next boot (B02.FR.04, 1.6 4.2). */
function withTimes({ time, config }: Turn, status: RegistrationStatus): Answer {
  const interval = status === 'Accepted' ? config.heartbeatIntervalS : config.bootRetryIntervalS;
  return { status, currentTime: formatTimestamp(time), interval };
}

function complete(turn: Turn, _call: Call<unknown>, answer: Readonly<Record<string, unknown>>): unknown {
  const { currentTime, interval } = withTimes(turn, answer.status as RegistrationStatus);
  return { interval, ...answer, currentTime };
}

/** Longest serial number that OCPP carries; the CN of a certificate may be longer. */
const MAX_SERIAL_NUMBER = 25;

/**
 * True when a station that came with a certificate names another serial number than its CN (B01.FR.11, B01.FR.12), in whatever
 * casing: in 1.6 that says nothing. One that names none contradicts nothing.
 */
function isForeign({ certificateCn }: Connection, serialNumbers: readonly (string | undefined)[]): boolean {
  if (certificateCn === undefined) return false;
  const named = serialNumbers.filter((each) => each !== undefined && each !== '');
  const own = certificateCn.slice(0, MAX_SERIAL_NUMBER).toLowerCase();
  return named.length > 0 && !named.some((each) => each?.toLowerCase() === own);
}

function bootRow<Req>(
  facts: (request: Req) => Facts,
  serialNumbers: (request: Req) => readonly (string | undefined)[],
): DecisionRow<Req, Answer> {
  return {
    decision: 'BootNotification',
    isForeign: ({ connection, payload }) => isForeign(connection, serialNumbers(payload)),
    fallback,
    complete,
    record(turn, call, answer) {
      const { status, interval } = answer;
      const told = facts(call.payload);
      // A boot that we triggered, or that asks for an update of the status, is no reboot (B01.FR.10, F06).
      const reboot = turn.state.registration === 'Accepted' && told.reason !== 'Triggered';
      register(turn, status);
      recordEvent(turn, call, 'station.booted', { ...told, status, interval, reboot });
      if (reboot) onReboot(turn);
      return answer;
    },
  };
}

export const bootNotification16 = bootRow<Request16>(
  (request) => ({
    vendorName: request.chargePointVendor,
    model: request.chargePointModel,
    serialNumber: request.chargePointSerialNumber ?? request.chargeBoxSerialNumber,
    firmwareVersion: request.firmwareVersion,
    modem:
      request.iccid === undefined && request.imsi === undefined
        ? undefined
        : { iccid: request.iccid, imsi: request.imsi },
  }),
  (request) => [request.chargePointSerialNumber, request.chargeBoxSerialNumber],
);

export const bootNotification2x = bootRow<Request2x>(
  ({ chargingStation, reason }) => ({
    vendorName: chargingStation.vendorName,
    model: chargingStation.model,
    serialNumber: chargingStation.serialNumber,
    firmwareVersion: chargingStation.firmwareVersion,
    modem: chargingStation.modem && { iccid: chargingStation.modem.iccid, imsi: chargingStation.modem.imsi },
    reason,
  }),
  ({ chargingStation }) => [chargingStation.serialNumber],
);
