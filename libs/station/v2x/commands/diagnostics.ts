import { formatTimestamp, type Request } from '../../../ocpp/mod.js';
import { uploadLog } from '../../log-upload.js';
import { partsOf } from '../../payload.js';
import type { Station } from '../../station.js';
import { tellLog } from './firmware.js';
import type { Handler2x } from './handler.js';

type CustomerRequest = Request<'2.1', 'CustomerInformation'>;

/** Characters of one NotifyCustomerInformation. */
const CHARACTERS_PER_PART = 512;

/** 2.0.1 N01. */
export const getLog: Handler2x<'GetLog'> = ({ station }, request) =>
  uploadLog(station, request, (job) => tellLog(station, job));

/** What the station knows of a customer: the entry of the local list, if there is one. */
function knowledgeOf(station: Station, request: CustomerRequest): string {
  const { idToken, customerIdentifier } = request;
  if (idToken === undefined)
    return customerIdentifier === undefined ? '' : 'nothing is kept by customer identifier';
  const status = station.localList.status(idToken.idToken);
  return status === undefined ? '' : `local list: ${idToken.idToken} is ${status}`;
}

function report(station: Station, requestId: number, text: string): void {
  const parts = partsOf([...text], CHARACTERS_PER_PART);
  for (const [seqNo, part] of parts.entries()) {
    const request: Request<'2.1', 'NotifyCustomerInformation'> = {
      requestId,
      seqNo,
      tbc: seqNo < parts.length - 1,
      generatedAt: formatTimestamp(station.clock.now()),
      data: part.join(''),
    };
    station.session.call('NotifyCustomerInformation', request);
  }
}

/** 2.0.1 N09, N10: exactly one of the three must name the customer. */
export const customerInformation: Handler2x<'CustomerInformation'> = ({ station }, request) => {
  const { idToken, customerIdentifier, customerCertificate } = request;
  const names = [idToken, customerIdentifier, customerCertificate].filter((name) => name !== undefined);
  if (names.length !== 1 || (!request.report && !request.clear)) return { status: 'Invalid' };
  const text = knowledgeOf(station, request);
  if (request.clear && idToken !== undefined) station.localList.forget(idToken.idToken);
  if (request.report) station.afterAnswer(() => report(station, request.requestId, text));
  return { status: 'Accepted' };
};
