import type { ConnectorStatus } from '../../../../libs/api/mod.js';
import type { Request } from '../../../../libs/ocpp/mod.js';
import { noteConnectorStatus } from '../connectors.js';
import type { Turn } from '../turn.js';
import { recordEvent, type Call, type PlainRow } from './row.js';
import { subjectOf } from './status-notification.js';

type NotifyEvent = Request<'2.0.1', 'NotifyEvent'> | Request<'2.1', 'NotifyEvent'>;
type Datum = NotifyEvent['eventData'][number];

const STATUSES: ReadonlySet<string> = new Set([
  'Available',
  'Occupied',
  'Reserved',
  'Unavailable',
  'Faulted',
]);
const isConnectorStatus = (value: string): value is ConnectorStatus => STATUSES.has(value);

/** A connector's AvailabilityState may come here in place of a StatusNotification (G01.FR.07, 2.1). */
export const notifyEvent: PlainRow<NotifyEvent, Record<string, never>> = {
  answer(turn, call) {
    const { seqNo, tbc, generatedAt, eventData } = call.payload;
    const data = { seqNo, tbc: tbc ?? false, events: eventData.map(deviceEvent) };
    recordEvent(turn, call, 'device.event', data, { at: generatedAt });
    for (const datum of eventData) reportAvailability(turn, call, datum);
    return {};
  },
};

function deviceEvent(datum: Datum) {
  const { component, variable } = datum;
  return {
    eventId: datum.eventId,
    timestamp: datum.timestamp,
    trigger: datum.trigger,
    component: component.name,
    variable: variable.name,
    evseId: component.evse?.id,
    connectorId: component.evse?.connectorId,
    actualValue: datum.actualValue,
    cleared: datum.cleared,
    severity: 'severity' in datum ? datum.severity : undefined,
    techCode: datum.techCode,
    techInfo: datum.techInfo,
    transactionId: datum.transactionId,
  };
}

function reportAvailability(turn: Turn, call: Call<NotifyEvent>, datum: Datum): void {
  const { component, variable, actualValue, timestamp } = datum;
  const { evse } = component;
  if (component.name !== 'Connector' || variable.name !== 'AvailabilityState') return;
  if (evse?.connectorId === undefined || !isConnectorStatus(actualValue)) return;
  const { id: evseId, connectorId } = evse;
  const previousStatus = noteConnectorStatus(turn, evseId, connectorId, actualValue);
  const data = { evseId, connectorId, connectorStatus: actualValue, previousStatus };
  recordEvent(turn, call, 'connector.status', data, {
    subject: subjectOf(evseId, connectorId),
    at: timestamp,
  });
}
