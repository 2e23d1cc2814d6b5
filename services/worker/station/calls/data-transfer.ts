import type { Request, Response } from '../../../../libs/ocpp/mod.js';
import { decided, type DecisionRow } from './row.js';

type Transfer =
  Request<'1.6', 'DataTransfer'> | Request<'2.0.1', 'DataTransfer'> | Request<'2.1', 'DataTransfer'>;
type TransferResponse = Pick<Response<'2.0.1', 'DataTransfer'>, 'status'>;

export const dataTransfer: DecisionRow<Transfer, TransferResponse> = decided(
  'DataTransfer',
  () => ({ status: 'UnknownVendorId' }),
  'data.transferred',
  ({ vendorId, messageId }, { status }) => ({ vendorId, messageId, status }),
);
