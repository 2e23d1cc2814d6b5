import type { Objections } from '../objections.js';
import { resultOf } from '../outcomes.js';
import type { Exchange, Step } from '../step.js';
import { CERTIFICATE_TYPES_16, ISO_15118_HINT } from './certificate-types.js';
import { call, manyCalls, type Request21, type Response16, type Response21 } from './row.js';

type Type21 = keyof typeof CERTIFICATE_TYPES_16;
type Chain = NonNullable<Response21<'GetInstalledCertificateIds'>['certificateHashDataChain']>;

const ALL: readonly Type21[] = ['CSMSRootCertificate', 'ManufacturerRootCertificate'];

/** WP M03: one type a CALL. */
export const getInstalledCertificateIds = manyCalls(
  'GetInstalledCertificateIds',
  ['GetInstalledCertificateIds'],
  {
    notes: [
      'One CALL for each type, CSMSRootCertificate (CentralSystemRootCertificate in 1.6) and ManufacturerRootCertificate; without certificateType, both.',
    ],
    takes: { certificateType: true },
    next(request, done, no) {
      const types = typesOf(request, no);
      const failed = done.find(({ outcome }) => outcome.status === 'error');
      if (failed !== undefined) return { outcome: failed.outcome };
      const next = types[done.length];
      return next === undefined
        ? found(types, done)
        : call('GetInstalledCertificateIds', { certificateType: CERTIFICATE_TYPES_16[next] });
    },
  },
);

function typesOf(
  { certificateType = [...ALL] }: Request21<'GetInstalledCertificateIds'>,
  no: Objections,
): readonly Type21[] {
  certificateType.forEach((type, index) =>
    no.choice(`/certificateType/${index}`, type, CERTIFICATE_TYPES_16, ISO_15118_HINT),
  );
  return ALL.filter((type) => certificateType.includes(type));
}

function found(types: readonly Type21[], done: readonly Exchange[]): Step {
  const chain = types.flatMap((certificateType, index): Chain => {
    const outcome = done[index]?.outcome;
    if (outcome?.status !== 'result') return [];
    const { status, certificateHashData = [] } = outcome.payload as Response16<'GetInstalledCertificateIds'>;
    if (status !== 'Accepted') return [];
    return certificateHashData.map((hash) => ({ certificateType, certificateHashData: hash }));
  });
  const response: Response21<'GetInstalledCertificateIds'> =
    chain.length === 0 ? { status: 'NotFound' } : { status: 'Accepted', certificateHashDataChain: chain };
  return resultOf('GetInstalledCertificateIds', response);
}
