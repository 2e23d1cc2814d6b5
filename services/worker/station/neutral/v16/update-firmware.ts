import { defined } from '../defined.js';
import type { Objections } from '../objections.js';
import type { Step } from '../step.js';
import {
  answer,
  call,
  manyCalls,
  type Request16,
  type Request21,
  type Response16,
  type Response21,
} from './row.js';

type Request = Request21<'UpdateFirmware'>;

const SIGNED =
  '1.6 has it for signed firmware only: give signingCertificate and signature too, or leave it out';

const isSigned = ({ firmware }: Request) =>
  firmware.signature !== undefined || firmware.signingCertificate !== undefined;

/** 1.6 5.19; WP L01: SignedUpdateFirmware. Never without the signature that was asked for. */
export const updateFirmware = manyCalls('UpdateFirmware', ['UpdateFirmware', 'SignedUpdateFirmware'], {
  notes: [
    'With signingCertificate and signature it becomes a SignedUpdateFirmware (security whitepaper), which holds all but a location of more than 512 characters.',
    'Without them it becomes an UpdateFirmware: location must be a URI, installDateTime has no place, requestId stays behind (the FirmwareStatusNotifications that follow have none); the answer is always Accepted.',
  ],
  takes: {
    requestId: true,
    retries: true,
    retryInterval: true,
    firmware: {
      location: true,
      retrieveDateTime: true,
      installDateTime: true,
      signingCertificate: true,
      signature: true,
    },
  },
  next(request, [exchange], no) {
    if (exchange === undefined) return isSigned(request) ? signed(request, no) : plain(request, no);
    return isSigned(request)
      ? answer('UpdateFirmware', exchange, ({ status }: Response16<'SignedUpdateFirmware'>) => ({ status }))
      : answer('UpdateFirmware', exchange, (): Response21<'UpdateFirmware'> => ({ status: 'Accepted' }));
  },
});

function plain({ firmware, retries, retryInterval }: Request, no: Objections): Step {
  if (firmware.installDateTime !== undefined) no.raise('/firmware/installDateTime', SIGNED);
  const request = defined<Request16<'UpdateFirmware'>>({
    location: firmware.location,
    retrieveDate: firmware.retrieveDateTime,
    retries,
    retryInterval,
  });
  return call('UpdateFirmware', request);
}

function signed({ requestId, firmware, retries, retryInterval }: Request, no: Objections): Step {
  const { location, retrieveDateTime, installDateTime, signingCertificate = '', signature = '' } = firmware;
  if (signingCertificate === '') no.raise('/firmware/signingCertificate', 'is required with a signature');
  if (signature === '') no.raise('/firmware/signature', 'is required with a signingCertificate');
  const request = defined<Request16<'SignedUpdateFirmware'>>({
    retries,
    retryInterval,
    requestId,
    firmware: defined<Request16<'SignedUpdateFirmware'>['firmware']>({
      location: no.text('/firmware/location', location, 512),
      retrieveDateTime,
      installDateTime,
      signingCertificate,
      signature,
    }),
  });
  return call('SignedUpdateFirmware', request);
}
