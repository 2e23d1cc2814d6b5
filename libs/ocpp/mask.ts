/** What stands in the place of a secret. */
export const MASK = '***';

/** Members that say who a driver is. Everything below them is masked, but a `type`. */
const IDENTITIES = [
  'idTag',
  'parentIdTag',
  'idToken',
  'idTokens',
  'groupIdToken',
  'additionalIdToken',
  'customerIdentifier',
  'customerCertificate',
  'iso15118CertificateHashData',
  'vatNumber',
  'address',
];

/** Members that open a door, and messages of contract certificates, which carry private keys. */
const SECRETS = [
  'password',
  'basicAuthPassword',
  'apnPassword',
  'apnUserName',
  'simPin',
  'exiRequest',
  'exiResponse',
];

const MASKED: ReadonlySet<string> = new Set([...IDENTITIES, ...SECRETS]);

/** Members that hold the value of the configuration key or variable that is named beside them. */
const VALUES: ReadonlySet<string> = new Set([
  'value',
  'attributeValue',
  'actualValue',
  'variableAttribute',
  'data',
]);

/** Names of configuration keys and variables whose values are secrets: AuthorizationKey, BasicAuthPassword, SimPin, … */
const SECRET_NAME = /pass|secret|key|pin$|token|credential|psk|idtag|apn|vpn/i;

/** Actions whose `data` is a vendor's own, or says who a customer is. */
const PRIVATE_DATA: ReadonlySet<string> = new Set(['DataTransfer', 'NotifyCustomerInformation']);

/** Actions whose `certificate` is a driver's contract certificate; others carry those of authorities and stations. */
const DRIVERS_CERTIFICATE: ReadonlySet<string> = new Set(['Authorize', 'CustomerInformation']);

/** What a masked object still tells, as long as it is text. */
const PLAIN: ReadonlySet<string> = new Set(['type', 'vendorId']);

const URL_PATTERN = /[a-z][a-z0-9+.-]*:\/\/\S+/gi;
const MAX_DEPTH = 64;

/**
 * A copy of a request's or response's payload, of any version, with what must not be logged replaced by `***`: passwords
 * and keys (also as values of configuration keys, variables and network profiles), id tokens, personal data, what a vendor's
 * own data holds, and credentials and queries in URLs.
 */
export function maskPayload(action: string, payload: unknown): unknown {
  return masked(payload, action, '', 0);
}

type Members = Readonly<Record<string, unknown>>;

function masked(value: unknown, action: string, within: string, depth: number): unknown {
  if (typeof value === 'string') return maskUrls(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return MASK;
  if (Array.isArray(value)) return value.map((item) => masked(item, action, within, depth + 1));
  return maskedMembers(value as Members, action, within, depth);
}

function maskedMembers(members: Members, action: string, within: string, depth: number): Members {
  const named = hasSecretName(members);
  const copy = Object.entries(members).map(([name, value]) => {
    const hidden =
      MASKED.has(name) ||
      (named && VALUES.has(name)) ||
      name === 'customData' ||
      (name === 'data' && PRIVATE_DATA.has(action)) ||
      (name === 'certificate' && DRIVERS_CERTIFICATE.has(action)) ||
      (within === 'vpn' && (name === 'key' || name === 'user'));
    return [name, hidden ? hide(value, 0) : masked(value, action, name, depth + 1)] as const;
  });
  return Object.fromEntries(copy);
}

/** The entry is about a key or variable whose value is a secret. */
function hasSecretName({ key, variable, component }: Members): boolean {
  if (typeof key === 'string') return SECRET_NAME.test(key);
  return [variable, component].some(
    (named) =>
      typeof named === 'object' &&
      named !== null &&
      Object.values(named).some((text) => typeof text === 'string' && SECRET_NAME.test(text)),
  );
}

/** The form of `value` with every text and number masked; what kind of thing it is is no secret. */
function hide(value: unknown, depth: number): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return MASK;
  if (Array.isArray(value)) return value.map((item) => hide(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      PLAIN.has(name) && typeof inner === 'string' ? inner : hide(inner, depth + 1),
    ]),
  );
}

/** Passwords stand before the @ of a URL, and signatures of storage services in its query. */
function maskUrls(text: string): string {
  if (!text.includes('://')) return text;
  return text.replace(URL_PATTERN, (url) =>
    url.replace(/\/\/[^/?#]*@/, `//${MASK}@`).replace(/\?[^#]*/, `?${MASK}`),
  );
}
