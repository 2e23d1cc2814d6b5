import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { CertificateFiles, TlsOptions } from './socket.js';

/** Certificate or key files that cannot be served. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
}

/**
 * The four suites that OCPP names (ECDHE_ECDSA and RSA with AES-GCM), and ECDHE_RSA for stations that can do better with
 * an RSA certificate. TLS 1.3 brings its own.
 */
export const OCPP_CIPHERS = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'AES128-GCM-SHA256',
  'AES256-GCM-SHA384',
].join(':');

/**
 * Options of Node's TLS for these files.
 * @throws TlsError naming the file and what is wrong with it.
 */
export async function secureContextOptions(tls: TlsOptions): Promise<SecureContextOptions> {
  const pairs = await Promise.all(tls.certificates.map(readPair));
  for (const pair of pairs) checkPair(pair);
  const options: SecureContextOptions = {
    cert: pairs.map(({ cert }) => cert),
    key: pairs.map(({ key }) => key),
    ciphers: tls.ciphers,
    honorCipherOrder: true,
    minVersion: 'TLSv1.2',
  };
  checkContext(options);
  return options;
}

/** @throws TlsError */
export async function checkCertificates(tls: TlsOptions): Promise<void> {
  await secureContextOptions(tls);
}

/** @throws TlsError unless there is exactly one pair. */
export function singleCertificate(tls: TlsOptions): CertificateFiles {
  const [pair, ...others] = tls.certificates;
  if (pair === undefined || others.length > 0) {
    throw new TlsError(
      `uWebSockets.js serves one certificate per port, ${tls.certificates.length} are configured; leave one, or use the 'ws' socket`,
    );
  }
  return pair;
}

/** The bytes of all certificate and key files, to notice changes. Undefined when one cannot be read. */
export async function fingerprint(tls: TlsOptions): Promise<string | undefined> {
  try {
    const pairs = await Promise.all(tls.certificates.map(readPair));
    return pairs.map(({ cert, key }) => `${cert}\0${key}`).join('\0');
  } catch {
    return undefined;
  }
}

interface Pair {
  readonly files: CertificateFiles;
  readonly cert: string;
  readonly key: string;
}

async function readPair(files: CertificateFiles): Promise<Pair> {
  return { files, cert: await readPem(files.certFile), key: await readPem(files.keyFile) };
}

async function readPem(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new TlsError(`cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
}

function checkPair({ files, cert, key }: Pair): void {
  const certificate = parse(() => new X509Certificate(cert), `${files.certFile} holds no PEM certificate`);
  const privateKey = parse(() => createPrivateKey(key), `${files.keyFile} holds no unencrypted PEM key`);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TlsError(`${files.keyFile} is not the key of ${files.certFile}`);
  }
}

function parse<T>(read: () => T, problem: string): T {
  try {
    return read();
  } catch (error) {
    throw new TlsError(`${problem}: ${(error as Error).message}`, { cause: error });
  }
}

function checkContext(options: SecureContextOptions): void {
  parse(
    () => createSecureContext(options),
    `the TLS settings are refused (ciphers ${options.ciphers ?? ''})`,
  );
}
