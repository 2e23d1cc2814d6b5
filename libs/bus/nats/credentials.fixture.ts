import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** Configuration of a server that knows users by JWT only, and the credentials file of one of them. */
export function jwtSetup(): { config: string; credentials: string } {
  const [operator, user] = [nkeys.createOperator(), nkeys.createUser()];
  // JetStream needs a system account.
  const [account, system] = [nkeys.createAccount(), nkeys.createAccount()];
  const operatorJwt = jwt(operator, operator, { type: 'operator' });
  const accountLine = (of: KeyPair) =>
    `  ${of.getPublicKey()}: ${jwt(operator, of, { type: 'account', limits: UNLIMITED })}`;
  const userJwt = jwt(account, user, { type: 'user', subs: -1, data: -1, payload: -1 });
  const block = (name: string, content: string) =>
    `-----BEGIN ${name}-----\n${content}\n------END ${name}------\n\n`;
  return {
    config: [
      `operator: ${operatorJwt}`,
      `system_account: ${system.getPublicKey()}`,
      ...['resolver: MEMORY', 'resolver_preload: {', accountLine(account), accountLine(system), '}'],
    ].join('\n'),
    credentials:
      block('NATS USER JWT', userJwt) + block('USER NKEY SEED', Buffer.from(user.getSeed()).toString()),
  };
}

const UNLIMITED = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
};

function jwt(issuer: KeyPair, subject: KeyPair, claims: object): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const payload = {
    jti: subject.getPublicKey(),
    iat: 1_700_000_000,
    iss: issuer.getPublicKey(),
    name: 'test',
    sub: subject.getPublicKey(),
    nats: { ...claims, version: 2 },
  };
  const signed = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode(payload)}`;
  return `${signed}.${Buffer.from(issuer.sign(Buffer.from(signed))).toString('base64url')}`;
}
