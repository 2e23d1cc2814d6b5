import type { Request } from '../../../ocpp/mod.js';
import { partsOf } from '../../payload.js';
import { Features, type DisplayMessage } from '../features.js';
import type { Handler2x } from './handler.js';
import { evseCharging } from './remote-control.js';

/** Messages of one NotifyDisplayMessages. */
const MESSAGES_PER_PART = 10;
const FORMATS: readonly string[] = ['ASCII', 'UTF8'];

/** 2.0.1 O01, O02, O06. The same id replaces its message. */
export const setDisplayMessage: Handler2x<'SetDisplayMessage'> = ({ station, features }, { message }) => {
  const { displayMessages } = features;
  const { transactionId } = message;
  if (!FORMATS.includes(message.message.format)) return { status: 'NotSupportedMessageFormat' };
  if (transactionId !== undefined && evseCharging(station, transactionId) === undefined) {
    return { status: 'UnknownTransaction' };
  }
  if (!displayMessages.has(message.id) && displayMessages.size >= Features.MAX_DISPLAY_MESSAGES) {
    return { status: 'Rejected' };
  }
  displayMessages.set(message.id, message);
  return { status: 'Accepted' };
};

/** 2.0.1 O03, O04. */
export const getDisplayMessages: Handler2x<'GetDisplayMessages'> = ({ station, features }, request) => {
  const { requestId, id: ids, priority, state } = request;
  const found = [...features.displayMessages.values()].filter(
    (message) =>
      (ids?.includes(message.id) ?? true) &&
      (priority ?? message.priority) === message.priority &&
      (state ?? message.state) === message.state,
  );
  if (found.length === 0) return { status: 'Unknown' };
  const report = (messageInfo: DisplayMessage[], tbc: boolean) => {
    const part: Request<'2.1', 'NotifyDisplayMessages'> = { requestId, tbc, messageInfo };
    station.session.call('NotifyDisplayMessages', part);
  };
  station.afterAnswer(() => {
    const parts = partsOf(found, MESSAGES_PER_PART);
    for (const [index, part] of parts.entries()) report(part, index < parts.length - 1);
  });
  return { status: 'Accepted' };
};

/** 2.0.1 O05. */
export const clearDisplayMessage: Handler2x<'ClearDisplayMessage'> = ({ features }, { id }) => ({
  status: features.displayMessages.delete(id) ? 'Accepted' : 'Unknown',
});
