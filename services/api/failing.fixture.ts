import assert from 'node:assert/strict';
import { ClientError, Status } from 'nice-grpc-common';

/** For assert.rejects: a call that failed with this status, for this reason. */
export const isStatus =
  (code: Status, details = /(?:)/) =>
  (error: unknown): boolean => {
    assert.ok(error instanceof ClientError, String(error));
    assert.equal(Status[error.code], Status[code], error.details);
    assert.match(error.details, details);
    return true;
  };

/** Checks that the call fails so. */
export async function fails(call: Promise<unknown>, code: Status, details?: RegExp): Promise<void> {
  await assert.rejects(call, isStatus(code, details));
}

/** What the call fails with: a ClientError, unless the test has aborted it. */
export async function failed(call: Promise<unknown>): Promise<ClientError> {
  return await call.then(
    () => assert.fail('it succeeded'),
    (reason: unknown) => reason as ClientError,
  );
}
