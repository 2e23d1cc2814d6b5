import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** Certificate or key files that cannot be served. */
export class TlsError extends Error {
  override readonly name = 'TlsError';
}

/** PEM files of one certificate. */
export interface CertificateFiles {
  /** The certificate, then its chain. */
  readonly certFile: string;
  readonly keyFile: string;
}

/** What a TLS port serves with. */
export interface TlsFiles {
  /** One pair for each kind of key. */
  readonly certificates: readonly CertificateFiles[];
  /** OpenSSL's names, joined by `:`; TLS 1.3 has its own. Node's when left out. */
  readonly ciphers?: string;
  /** PEM file of the authorities whose client certificates are accepted. */
  readonly clientCaFile?: string;
}

/**
 * Options of Node's TLS for these files: TLS 1.2 or newer.
 * @throws TlsError naming the file and what is wrong with it.
 */
export async function secureContextOptions(tls: TlsFiles): Promise<SecureContextOptions> {
  const pairs = await Promise.all(tls.certificates.map(readPair));
  for (const pair of pairs) checkPair(pair);
  const options: SecureContextOptions = {
    cert: pairs.map(({ cert }) => cert),
    key: pairs.map(({ key }) => key),
    ...(tls.clientCaFile !== undefined && { ca: await readAuthorities(tls.clientCaFile) }),
    ...(tls.ciphers !== undefined && { ciphers: tls.ciphers }),
    honorCipherOrder: true,
    minVersion: 'TLSv1.2',
  };
  checkContext(options);
  return options;
}

/** The bytes of all these files, to notice changes. Undefined when one cannot be read. */
export async function fingerprint({ certificates, clientCaFile }: TlsFiles): Promise<string | undefined> {
  const files = certificates.flatMap(({ certFile, keyFile }) => [certFile, keyFile]);
  if (clientCaFile !== undefined) files.push(clientCaFile);
  try {
    return (await Promise.all(files.map(readPem))).join('\0');
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

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Node takes a file without any certificate without a word, and then trusts nobody. */
async function readAuthorities(file: string): Promise<string[]> {
  const authorities = (await readPem(file)).match(CERTIFICATE) ?? [];
  if (authorities.length === 0) throw new TlsError(`${file} holds no PEM certificate`);
  for (const pem of authorities) {
    parse(() => new X509Certificate(pem), `${file} holds a certificate that cannot be read`);
  }
  return [...authorities];
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
