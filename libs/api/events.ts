import type { CommandOutcome, CommandTerms, JobKind } from './commands.js';
import type {
  ConnectorStatus,
  IdToken,
  IdTokenInfo,
  MeterValue,
  Place,
  RegistrationStatus,
  SequenceRange,
} from './vocabulary.js';

/**
 * A business fact about a station, in the structured JSON form of CloudEvents 1.0. Delivered at least once: `id` is
 * unique, and a consumer that has seen it may drop the repeat.
 */
export interface StationEvent<T extends EventType = EventType> {
  readonly specversion: '1.0';
  /**
   * `<incarnation>-<number>`: the incarnation of the station's record in base 36, the event's number in decimal.
   * @pattern ^[0-9a-z]+-[1-9][0-9]*$
   */
  readonly id: string;
  /**
   * `/stations/<station id>`, percent-encoded.
   * @format uri-reference
   * @pattern ^/stations/[^/]+$
   */
  readonly source: string;
  readonly type: T;
  /** The transaction id, or `evse/<n>/connector/<n>`, where the event is about one. */
  readonly subject?: string;
  /**
   * When the gateway decided the event, by the gateway's clock. RFC 3339, UTC, milliseconds.
   * @format date-time
   */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  /**
   * When it happened, by the station's clock, where the station said so. RFC 3339, UTC, milliseconds.
   * @format date-time
   */
  readonly stationtime?: string;
  /**
   * The event's number: 10 decimal digits, from 0000000001, one more with each event of the station and
   * incarnation, without a gap. Orders the events of a station.
   * @pattern ^[0-9]{10}$
   */
  readonly sequence: string;
  /** `1.6`, `2.0.1` or `2.1`: what the station speaks. */
  readonly ocppversion?: string;
  /** The OCPP action of the message that the event was made from. */
  readonly ocppaction?: string;
  /**
   * W3C Trace Context (distributed tracing extension of CloudEvents) of the handling of the message or command that the
   * event was made from, where that was traced. The same in every copy of the event.
   * @pattern ^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$
   */
  readonly traceparent?: string;
  readonly data: EventData[T] & {
    /**
     * Names of the members that are not there, also of those that always are otherwise: the event would be larger than
     * 768 KiB with them. `ocpp` holds what they were made from.
     */
    readonly omitted?: readonly string[];
    /**
     * The OCPP payload exactly as the station sent it, where the event was made from a message. Left out of events
     * that would be larger than 768 KiB with it.
     */
    readonly ocpp?: unknown;
  };
}

export type EventType = keyof EventData;

/** Any event; `type` tells which. */
export type AnyStationEvent = { [T in EventType]: StationEvent<T> }[EventType];

/** The normalised fields of each type of event. */
export interface EventData {
  /** A WebSocket of the station is open. */
  'station.connected': StationConnected;
  /** It is closed, or nobody has it any more. */
  'station.disconnected': StationDisconnected;
  /** BootNotification, with what was answered. */
  'station.booted': StationBooted;

  /** StatusNotification, or availability reported by NotifyEvent. */
  'connector.status': ConnectorStatusReported;

  /** 1.6 StartTransaction, 2.x TransactionEvent Started. */
  'transaction.started': TransactionReported;
  /** 1.6 MeterValues with a transaction, 2.x TransactionEvent Updated; or a message that came after the end. */
  'transaction.updated': TransactionReported;
  /** 1.6 StopTransaction, 2.x TransactionEvent Ended. Once for each transaction. */
  'transaction.ended': TransactionReported;
  /** 1.6: a message about a transaction that the gateway does not know. It was answered as if valid (errata 3.18). */
  'transaction.orphan': TransactionOrphan;
  /** 2.x: numbers of the transaction's sequence are missing. They may still come. */
  'transaction.gap': TransactionGap;
  /** 2.1 NotifyPriorityCharging. */
  'transaction.priority': { readonly transactionId: string; readonly activated: boolean };
  /** 2.1 NotifySettlement. */
  'payment.settled': PaymentSettled;

  /** MeterValues that belong to no transaction. */
  'meter.values': Place & { readonly meterValue: readonly MeterValue[] };
  /** Authorize, with what was answered. */
  'token.authorized': TokenAuthorized;

  /** SecurityEventNotification. `securityEvent` is its type, e.g. `FirmwareUpdated`. */
  'security.event': { readonly securityEvent: string; readonly techInfo?: string };
  /** NotifyEvent: what the station's monitors saw. */
  'device.event': DeviceEvent;
  /** FirmwareStatusNotification, SignedFirmwareStatusNotification. */
  'firmware.status': JobStatus;
  /** 2.x PublishFirmwareStatusNotification: a local controller's progress. */
  'firmware.publication': JobStatus & { readonly location?: readonly string[] };
  /** LogStatusNotification, DiagnosticsStatusNotification. */
  'log.status': JobStatus;
  /** One message of a report that the station sends in parts. */
  'report.part': ReportPart;

  /** NotifyChargingLimit: something outside the gateway limits charging. */
  'charging.limit': { readonly chargingLimitSource: string; readonly evseId?: number };
  /** ClearedChargingLimit. */
  'charging.limit.cleared': { readonly chargingLimitSource: string; readonly evseId?: number };
  /** NotifyEVChargingNeeds, with what was answered. */
  'ev.charging.needs': { readonly evseId: number; readonly status: string };
  /** NotifyEVChargingSchedule, with what was answered. */
  'ev.charging.schedule': { readonly evseId: number; readonly status: string };
  /** 2.1 PullDynamicScheduleUpdate, with what was answered. */
  'schedule.pulled': { readonly chargingProfileId: number; readonly status: string };
  /** ReservationStatusUpdate. */
  'reservation.status': { readonly reservationId: number; readonly status: string };

  /** SignCertificate, with what was answered; the request is in `ocpp.csr`. */
  'certificate.requested': CertificateRequested;
  /** Get15118EVCertificate, with what was answered. */
  'certificate.ev.requested': { readonly action: string; readonly status: string };
  /** GetCertificateStatus or GetCertificateChainStatus, with what was answered. */
  'certificate.checked': { readonly statuses: readonly string[] };
  /** 2.1 VatNumberValidation, with what was answered. */
  'vat.validated': { readonly vatNumber: string; readonly status: string; readonly evseId?: number };
  /** DataTransfer from the station, with what was answered. */
  'data.transferred': DataTransferred;

  /** 2.1 BatterySwap. */
  'battery.swapped': BatterySwapped;
  /** 2.1 NotifyDERAlarm. */
  'der.alarm': {
    readonly controlType: string;
    readonly gridEventFault?: string;
    readonly alarmEnded: boolean;
  };
  /** 2.1 NotifyDERStartStop. */
  'der.control': { readonly controlId: string; readonly started: boolean };
  /** 2.1 OpenPeriodicEventStream, with what was answered. */
  'stream.opened': {
    readonly streamId: number;
    readonly variableMonitoringId: number;
    readonly status: string;
  };
  /** 2.1 NotifyPeriodicEventStream; `stationtime` is the stream's base time. */
  'stream.data': StreamData;
  /** 2.1 ClosePeriodicEventStream. */
  'stream.closed': { readonly streamId: number };

  /** A durable command was taken: it waits to be sent. */
  'command.queued': CommandQueued;
  /** A durable command was sent to the station. */
  'command.sent': CommandSent;
  /** A command that was taken has ended. One that was not taken gives no event. */
  'command.completed': CommandCompleted;
  /** What the station did after a command is over. Its parts came as `report.part`, `log.status`, `firmware.status`, …. */
  'job.completed': JobCompleted;
}

export interface StationConnected {
  readonly connectionId: string;
  readonly edgeId: string;
  /** OCPP security profile, 0 to 3. */
  readonly securityProfile: number;
}

export interface StationDisconnected {
  readonly connectionId: string;
  readonly edgeId: string;
  /**
   * `closed`: the WebSocket closed, with `code`. `superseded`: the station opened a newer connection. `lost`: the edge
   * that held it is gone.
   */
  readonly reason: 'closed' | 'superseded' | 'lost';
  /** WebSocket close code. */
  readonly code?: number;
}

export interface StationBooted {
  readonly vendorName: string;
  readonly model: string;
  readonly serialNumber?: string;
  readonly firmwareVersion?: string;
  readonly modem?: { readonly iccid?: string; readonly imsi?: string };
  /** 2.x: why it booted, e.g. `PowerUp`. */
  readonly reason?: string;
  /** What was answered. */
  readonly status: RegistrationStatus;
  /** Seconds: of the heartbeat when accepted, else until the next BootNotification. */
  readonly interval: number;
  /** The station had been accepted before: commands under way have failed. */
  readonly reboot: boolean;
}

export interface ConnectorStatusReported extends Place {
  readonly connectorStatus: ConnectorStatus;
  /** The status before, when the gateway knew one. */
  readonly previousStatus?: ConnectorStatus;
  /** 1.6: the finer status as reported, e.g. `SuspendedEV`. */
  readonly reportedStatus?: string;
  /** 1.6: left out when there is no error. */
  readonly errorCode?: string;
  readonly info?: string;
  readonly vendorId?: string;
  readonly vendorErrorCode?: string;
}

export interface TransactionReported extends Place {
  /** 1.6: the number that the gateway gave, as text. Unique within the station. */
  readonly transactionId: string;
  readonly idToken?: IdToken;
  /** What was answered about the token. */
  readonly idTokenInfo?: IdTokenInfo;
  readonly meterValue?: readonly MeterValue[];
  /** 2.x only. */
  readonly triggerReason?: string;
  /** 2.x only. */
  readonly chargingState?: string;
  /** When ended; `Local` when the station gave none. */
  readonly stoppedReason?: string;
  /** The RequestStartTransaction that this is the answer to; of a 1.6 station, one that was given in OCPP 2.1's terms. */
  readonly remoteStartId?: number;
  readonly reservationId?: number;
  /** 2.x only. */
  readonly seqNo?: number;
  /** 2.x: it happened while the station was offline. */
  readonly offline?: boolean;
  /** It came after the transaction's end. */
  readonly late?: true;
  /** 2.x: sequence numbers that are not known to have come, after this message. */
  readonly missing?: readonly SequenceRange[];
  /** 2.x, with the end and with what comes after it: everything from start to end is known to have come. */
  readonly complete?: boolean;
}

export interface TransactionOrphan extends Place {
  /** As the station sent it, e.g. `-1`. */
  readonly transactionId: string;
  readonly idToken?: IdToken;
  readonly idTokenInfo?: IdTokenInfo;
  readonly meterValue?: readonly MeterValue[];
  readonly stoppedReason?: string;
}

export interface TransactionGap {
  readonly transactionId: string;
  /** The numbers that were skipped just now. */
  readonly skipped: SequenceRange;
  /** All that are missing. */
  readonly missing: readonly SequenceRange[];
}

export interface PaymentSettled {
  readonly transactionId?: string;
  readonly pspRef: string;
  readonly status: string;
  readonly settlementAmount: number;
}

export interface TokenAuthorized {
  readonly idToken: IdToken;
  readonly idTokenInfo: IdTokenInfo;
  /** Of the contract certificate, when the station sent one. */
  readonly certificateStatus?: string;
}

export interface DeviceEvent {
  readonly seqNo: number;
  /** More messages of the same occasion follow. */
  readonly tbc: boolean;
  readonly events: readonly {
    readonly eventId: number;
    readonly timestamp: string;
    readonly trigger: string;
    readonly component: string;
    readonly variable: string;
    readonly evseId?: number;
    readonly connectorId?: number;
    readonly actualValue: string;
    readonly cleared?: boolean;
    readonly severity?: number;
    readonly techCode?: string;
    readonly techInfo?: string;
    readonly transactionId?: string;
  }[];
}

export interface JobStatus {
  readonly status: string;
  /** Of the command that began the job, where the version has one. */
  readonly requestId?: number;
}

export interface ReportPart {
  readonly report:
    | 'variables'
    | 'monitoring'
    | 'customerInformation'
    | 'displayMessages'
    | 'chargingProfiles'
    | 'derControl';
  readonly requestId: number;
  /** From 0, where the report numbers its parts. */
  readonly seqNo?: number;
  /** False: this was the last part. */
  readonly tbc: boolean;
}

export interface CertificateRequested {
  readonly certificateType?: string;
  readonly requestId?: number;
  readonly status: string;
}

export interface DataTransferred {
  readonly vendorId: string;
  readonly messageId?: string;
  readonly status: string;
}

export interface BatterySwapped {
  readonly eventType: string;
  readonly requestId: number;
  readonly idToken: IdToken;
  readonly batteries: readonly {
    readonly evseId: number;
    readonly serialNumber: string;
    readonly soC: number;
  }[];
}

export interface StreamData {
  readonly streamId: number;
  /** Values that wait to be sent. */
  readonly pending: number;
  /** `t`: seconds after `stationtime`. */
  readonly values: readonly { readonly t: number; readonly v: string }[];
}

export interface JobCompleted {
  /** Of the command that began it. */
  readonly commandId: string;
  readonly kind: JobKind;
  /**
   * `failed`: the station said so, in `status`. `inactive`: it said nothing for too long. `superseded`: a newer job took
   * its place.
   */
  readonly state: 'completed' | 'failed' | 'inactive' | 'superseded';
  /** Of the command, where the version has one. */
  readonly requestId?: number;
  /** The station's last word, of a log, firmware or a publication. */
  readonly status?: string;
  /** Messages of the station that belong to it. */
  readonly parts: number;
  /** Numbers of parts that have not come though later ones have; the first 32. */
  readonly missing: readonly number[];
}

export interface CommandQueued {
  readonly commandId: string;
  /** In the command's terms. */
  readonly action: string;
  readonly terms: CommandTerms;
  /**
   * It ends as `expired` if it was not sent by then. RFC 3339, UTC, milliseconds.
   * @format date-time
   */
  readonly expiresAt: string;
  readonly supersedeKey?: string;
}

export interface CommandSent {
  readonly commandId: string;
  /** In the command's terms. */
  readonly action: string;
  /** It was sent before: then the connection broke, or the station rebooted, before the answer. */
  readonly again?: true;
}

export interface CommandCompleted {
  readonly commandId: string;
  /** In the command's terms. */
  readonly action: string;
  /**
   * `result`: the station answered. `error`: it answered with a CALLERROR, or with a result that breaks the schema.
   * `timeout`: no answer in time. `offline`: it was not connected; or the connection went, or the station rebooted, before
   * the answer. `expired`: it waited too long to be sent. `superseded`: another command took its place. `cancelled`: it
   * was taken back. `refused`: it may not be sent any more.
   */
  readonly outcome: CommandOutcome['status'];
  /** `status` of the station's answer, where the answer has one. */
  readonly status?: string;
  /** OCPP error code, with the outcome `error`. */
  readonly code?: string;
  /** Absent where a station's own words may repeat a secret that the command held; its caller hears them. */
  readonly description?: string;
}
