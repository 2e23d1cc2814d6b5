import { createHash, X509Certificate } from 'node:crypto';

/** CertificateHashDataType. */
export interface CertificateHash {
  readonly hashAlgorithm: 'SHA256';
  readonly issuerNameHash: string;
  readonly issuerKeyHash: string;
  readonly serialNumber: string;
}

export interface InstalledCertificate<Type extends string = string> {
  readonly type: Type;
  readonly hash: CertificateHash;
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

/**
 * The hashes that name a certificate; undefined when `pem` is none. The issuer's are taken from its printed name and, since
 * the station need not have the issuer's certificate, from the subject's key: unique and stable, which is what a simulator needs.
 */
export function certificateHash(pem: string): CertificateHash | undefined {
  try {
    const certificate = new X509Certificate(pem);
    return {
      hashAlgorithm: 'SHA256',
      issuerNameHash: sha256(certificate.issuer),
      issuerKeyHash: sha256(certificate.publicKey.export({ type: 'spki', format: 'der' })),
      serialNumber: certificate.serialNumber.toLowerCase().slice(0, 40),
    };
  } catch {
    return undefined;
  }
}

/** The certificates that were installed in a station. */
export class CertificateStore {
  #installed: InstalledCertificate[] = [];

  static readonly CAPACITY = 50;

  /** `invalid`: not a PEM certificate; `full`: no room for it. */
  install(type: string, pem: string): 'installed' | 'invalid' | 'full' {
    const hash = certificateHash(pem);
    if (hash === undefined) return 'invalid';
    if (this.#installed.length >= CertificateStore.CAPACITY) return 'full';
    this.#installed = [...this.#without(hash), { type, hash }];
    return 'installed';
  }

  /** False when it was not there. */
  remove(hash: Pick<CertificateHash, 'serialNumber' | 'issuerKeyHash' | 'issuerNameHash'>): boolean {
    const rest = this.#without(hash);
    const removed = rest.length < this.#installed.length;
    this.#installed = rest;
    return removed;
  }

  /** Those of one of `types`; all when it is left out. */
  list(types?: readonly string[]): InstalledCertificate[] {
    return this.#installed.filter(({ type }) => types?.includes(type) ?? true);
  }

  #without(hash: Pick<CertificateHash, 'serialNumber' | 'issuerKeyHash' | 'issuerNameHash'>) {
    return this.#installed.filter(
      (entry) =>
        entry.hash.serialNumber !== hash.serialNumber ||
        entry.hash.issuerKeyHash !== hash.issuerKeyHash ||
        entry.hash.issuerNameHash !== hash.issuerNameHash,
    );
  }
}
