import { readFileSync } from 'node:fs';
import { connect, type Gateway, type Tls } from '../../libs/api/client/mod.js';
import { ConfigError } from '../../libs/ops/mod.js';
import type { TapOptionValues } from './options.js';

/** A client of the gateway that the options name. @throws ConfigError */
export function openGateway(options: TapOptionValues): Gateway {
  return connect({ address: options.grpcAddress, token: tokenOf(options), tls: tlsOf(options) });
}

function tokenOf({ token, tokenFile }: TapOptionValues): string | undefined {
  if (tokenFile === undefined) return token;
  if (token !== undefined) {
    throw new ConfigError('give one of --token-file and --token (or STATIONMASTER_TOKEN), not both');
  }
  const text = readText('--token-file', tokenFile).trim();
  if (text === '') throw new ConfigError(`--token-file: ${tokenFile} is empty, it must hold the token`);
  return text;
}

function tlsOf({ tls, ca, cert, key }: TapOptionValues): boolean | Tls {
  if ((cert === undefined) !== (key === undefined)) {
    throw new ConfigError('--cert and --key go together: the certificate and its private key as PEM files');
  }
  if (ca === undefined && cert === undefined) return tls;
  return {
    ...(ca !== undefined && { ca: readText('--ca', ca) }),
    ...(cert !== undefined && { cert: readText('--cert', cert) }),
    ...(key !== undefined && { key: readText('--key', key) }),
  };
}

function readText(flag: string, file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError(
      `${flag}: cannot read ${file}: ${error instanceof Error ? error.message : 'unknown'}`,
      {
        cause: error,
      },
    );
  }
}
