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
const NOTHING: ReadonlySet<string> = new Set();

const URL_PATTERN = /[a-z][a-z0-9+.-]*:\/\/\S+/gi;
/** In PEM, of whatever kind the key is. */
const PRIVATE_KEY = 'PRIVATE KEY-----';
const MAX_DEPTH = 64;

/**
 * A copy of a request's or response's payload, of any version, with what must not be logged replaced by `***`: passwords
 * and keys (also as values of configuration keys, variables and network profiles), id tokens, personal data, what a vendor's
 * own data holds, and credentials and queries in URLs.
 */
export function maskPayload(action: string, payload: unknown): unknown {
  return masked(payload, action, '', 0);
}

/**
 * The form of a payload alone: member names, and of the values what kind of thing they are. For what does not hold to its schema, and
 * may have a secret anywhere.
 */
export function maskValues(payload: unknown): unknown {
  return hide(payload, 0, NOTHING);
}

type Members = Readonly<Record<string, unknown>>;

function masked(value: unknown, action: string, within: string, depth: number): unknown {
  if (typeof value === 'string') return maskText(value);
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
function hide(value: unknown, depth: number, plain = PLAIN): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || depth >= MAX_DEPTH) return MASK;
  if (Array.isArray(value)) return value.map((item) => hide(item, depth + 1, plain));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      plain.has(name) && typeof inner === 'string' ? inner : hide(inner, depth + 1, plain),
    ]),
  );
}

/** Passwords stand before the @ of a URL, and signatures of storage services in its query. A private key has no business in any text. */
function maskText(text: string): string {
  if (text.includes(PRIVATE_KEY)) return MASK;
  return text.includes('://') ? text.replace(URL_PATTERN, maskUrl) : text;
}

/** Passwords may hold an @, / or ? that nobody has escaped: what may belong to one is masked. */
function maskUrl(url: string): string {
  const start = url.indexOf('://') + 3;
  const query = url.slice(start).search(/[?#]/);
  const at = url.lastIndexOf('@') - start;
  if (query >= 0 && query < at) return `${url.slice(0, start)}${MASK}`;
  const place = at < 0 ? url : `${url.slice(0, start)}${MASK}${url.slice(start + at)}`;
  return place.replace(/([?#]).*$/s, `$1${MASK}`);
}
