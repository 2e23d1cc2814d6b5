import { randomUUID } from 'node:crypto';
import type { ActionName, Request, Response } from '../../ocpp/mod.js';
import type { CommandServiceClient, CommandStatus } from '../grpc.js';
import { CommandError, responseIn } from './command-error.js';
import type { DeadlineOptions } from './deadline.js';
import { untilTold } from './until-told.js';

/** What only a station may send. */
type FromStation =
  | 'Authorize'
  | 'BatterySwap'
  | 'BootNotification'
  | 'ClearedChargingLimit'
  | 'ClosePeriodicEventStream'
  | 'FirmwareStatusNotification'
  | 'Get15118EVCertificate'
  | 'GetCertificateChainStatus'
  | 'GetCertificateStatus'
  | 'Heartbeat'
  | 'LogStatusNotification'
  | 'MeterValues'
  | 'NotifyChargingLimit'
  | 'NotifyCustomerInformation'
  | 'NotifyDERAlarm'
  | 'NotifyDERStartStop'
  | 'NotifyDisplayMessages'
  | 'NotifyEVChargingNeeds'
  | 'NotifyEVChargingSchedule'
  | 'NotifyEvent'
  | 'NotifyMonitoringReport'
  | 'NotifyPeriodicEventStream'
  | 'NotifyPriorityCharging'
  | 'NotifyReport'
  | 'NotifySettlement'
  | 'OpenPeriodicEventStream'
  | 'PublishFirmwareStatusNotification'
  | 'PullDynamicScheduleUpdate'
  | 'ReportChargingProfiles'
  | 'ReportDERControl'
  | 'ReservationStatusUpdate'
  | 'SecurityEventNotification'
  | 'SignCertificate'
  | 'StatusNotification'
  | 'TransactionEvent'
  | 'VatNumberValidation';

/** An action of OCPP 2.1 that a station can be sent. */
export type CommandAction = Exclude<ActionName<'2.1'>, FromStation>;

interface CommonOptions {
  /** 1 to 36 of `A-Z a-z 0-9 _ -`, unique for the station: the same id is the same command. Default: a new UUID. */
  readonly commandId?: string;
  /** Milliseconds that the station has to answer. Default 30,000. */
  readonly timeoutMs?: number;
}

export type SendOptions = CommonOptions;

export interface EnqueueOptions extends CommonOptions {
  /** Milliseconds that it may wait for the station. Default: 1 day; at most 90. */
  readonly ttlMs?: number;
  /** Of the waiting commands with the same key only the newest is sent. */
  readonly supersedeKey?: string;
  /** Never sent a second time, also when the connection breaks before the answer. */
  readonly once?: boolean;
}

type Commands = CommandServiceClient<DeadlineOptions>;

const ANSWER_MS = 30_000;
/** Beyond twice the station's time, for another command may go before: to reach the gateway, again if need be. */
const MARGIN_MS = 10_000;
const TAKEN_MS = 20_000;

export async function send<A extends CommandAction>(
  commands: Commands,
  command: { readonly stationId: string; readonly action: A; readonly payload: Request<'2.1', A> },
  { commandId: given, timeoutMs = ANSWER_MS }: SendOptions,
  signal: AbortSignal,
): Promise<Response<'2.1', A>> {
  const commandId = idOf(given);
  const addressed = { stationId: command.stationId, action: command.action, commandId };
  const request = { command: inNeutralTerms(command), commandId, timeoutMs: Math.ceil(timeoutMs) };
  const { outcome } = await untilTold(addressed, 2 * timeoutMs + MARGIN_MS, signal, (options) =>
    commands.sendCommand(request, options),
  );
  return responseIn(outcome, addressed) as Response<'2.1', A>;
}

export async function enqueue<A extends CommandAction>(
  commands: Commands,
  command: { readonly stationId: string; readonly action: A; readonly payload: Request<'2.1', A> },
  { commandId: given, timeoutMs = 0, ttlMs, supersedeKey = '', once = false }: EnqueueOptions,
  signal: AbortSignal,
): Promise<CommandStatus> {
  const commandId = idOf(given);
  const addressed = { stationId: command.stationId, action: command.action, commandId };
  const ttl = ttlMs === undefined ? undefined : durationOf(ttlMs);
  const times = { timeoutMs: Math.ceil(timeoutMs), ttl };
  const request = { command: inNeutralTerms(command), commandId, ...times, supersedeKey, once };
  const { command: status } = await untilTold(addressed, TAKEN_MS, signal, (options) =>
    commands.enqueueCommand(request, options),
  );
  if (status !== undefined) return status;
  throw new CommandError({ ...addressed, status: 'unknown', description: 'the gateway told no status' });
}

/** Chosen here, so that a call that is repeated is the same command. */
const idOf = (given = ''): string => (given === '' ? randomUUID() : given);

const inNeutralTerms = ({
  stationId,
  action,
  payload,
}: {
  stationId: string;
  action: string;
  payload: unknown;
}) => ({
  stationId,
  action,
  payload: JSON.stringify(payload),
  terms: 'neutral',
});

const durationOf = (ms: number) => ({
  seconds: Math.floor(ms / 1000),
  nanos: Math.floor((ms % 1000) * 1_000_000),
});
