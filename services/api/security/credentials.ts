import type { SecureServerOptions } from 'node:http2';
import type { SecureContextOptions } from 'node:tls';
import {
  experimental,
  ServerCredentials,
  ServerInterceptingCall,
  type ServerInterceptor,
} from '@grpc/grpc-js';
import type { CallContext } from 'nice-grpc-common';

/** TLS of the gRPC port, with certificates that can be replaced while it serves. */
export class TlsCredentials extends ServerCredentials {
  constructor(options: SecureContextOptions, mutual: boolean) {
    const server: SecureServerOptions = { requestCert: mutual, rejectUnauthorized: mutual };
    super(server, options);
  }

  /** New connections are served with these; open ones stay as they are. */
  replace(options: SecureContextOptions): void {
    this.updateSecureContextOptions(options);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

/** Header in which the interceptor tells whose certificate a connection has shown; callers cannot set it. */
const COMMON_NAME = 'x-stationmaster-certificate-common-name';

/** The middleware of nice-grpc does not see the connection; this puts what it needs to know into the metadata. */
const tellCommonName: ServerInterceptor = (_method, call) =>
  new ServerInterceptingCall(call, {
    start: (next) => {
      next({
        onReceiveMetadata: (received, pass) => {
          // What a caller put there must not get through.
          const metadata = received.clone();
          metadata.remove(COMMON_NAME);
          // A subject with several common names proves none of them.
          const name: unknown = call.getAuthContext().sslPeerCertificate?.subject?.CN;
          if (typeof name === 'string') metadata.set(COMMON_NAME, encodeURIComponent(name));
          pass(metadata);
        },
      });
    },
  });

/** Credentials for mutual TLS, with which `commonNameOf` works. */
export function withCommonNames(credentials: ServerCredentials): ServerCredentials {
  return experimental.createServerCredentialsWithInterceptors(credentials, [tellCommonName]);
}

/** The common name of the certificate that the caller's connection has shown. Only to be asked with mutual TLS. */
export function commonNameOf({ metadata }: Pick<CallContext, 'metadata'>): string | undefined {
  const name = metadata.get(COMMON_NAME);
  return name === undefined ? undefined : decodeURIComponent(name);
}
