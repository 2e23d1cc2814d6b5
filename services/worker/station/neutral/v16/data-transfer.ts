import { defined } from '../defined.js';
import { oneCall, type Request16, type Response21 } from './row.js';

/** 1.6 5.6: data is text there. */
export const dataTransfer = oneCall('DataTransfer', 'DataTransfer', {
  notes: [
    "data that is no text is sent as its JSON text; the station's data is told as the text that it is.",
  ],
  takes: { vendorId: true, messageId: true, data: true },
  request: ({ vendorId, messageId, data }) =>
    defined<Request16<'DataTransfer'>>({
      vendorId,
      messageId,
      data: typeof data === 'string' || data === undefined ? data : JSON.stringify(data),
    }),
  response: ({ status, data }) => defined<Response21<'DataTransfer'>>({ status, data }),
});
