import type { ConnectionEnd } from '../../libs/station/mod.js';

/** Why a connection could not be made, and what to do about it. */
export interface Refusal {
  readonly kind: string;
  readonly advice: string;
  /** False: it makes no sense that this station tries again. */
  readonly retry: boolean;
  /** Met by the first station, it will be met by all. */
  readonly forAll: boolean;
}

const BY_STATUS: Readonly<Record<number, Omit<Refusal, 'kind' | 'forAll'>>> = {
  400: { advice: 'the gateway cannot read the station id in the URL; see --id-prefix', retry: false },
  401: { advice: 'give the password with --password or --password-prefix', retry: false },
  403: { advice: 'the gateway does not let these stations in', retry: false },
  404: {
    advice:
      'the gateway does not know these stations (provision them, see --id-prefix), or --url has the wrong path',
    retry: false,
  },
  429: { advice: 'the gateway takes no more connections at once; lower --ramp', retry: true },
  503: { advice: 'the gateway is starting or draining', retry: true },
};

const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there; start the gateway with 'npm start', or give its address with --url",
  ENOTFOUND: 'the host name is not known; see --url',
  EAI_AGAIN: 'the host name cannot be looked up; see --url',
  ETIMEDOUT: 'the host does not answer; see --url',
  EMFILE: 'this process may open no more files; raise the limit (ulimit -n) or lower --stations',
  EADDRNOTAVAIL: 'this machine has no free port left; lower --stations',
  SELF_SIGNED_CERT_IN_CHAIN: 'trust its certificate authority with --ca',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'trust its certificate with --ca',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'trust its certificate authority with --ca',
  EPROTO: 'one side speaks TLS and the other does not; ws:// or wss:// in --url',
};

/** Those that may pass, or that other stations need not meet. */
const PASSING: readonly string[] = ['ETIMEDOUT', 'EMFILE', 'EADDRNOTAVAIL'];

/** Undefined: the connection was open and has ended, which is no refusal. */
export function refusalOf(end: ConnectionEnd): Refusal | undefined {
  switch (end.kind) {
    case 'closed':
      return undefined;
    case 'refused': {
      const known = BY_STATUS[end.status] ?? { advice: 'see the log of the gateway', retry: true };
      return { kind: `refused with status ${end.status}`, forAll: false, ...known };
    }
    case 'no_subprotocol':
      return {
        kind: 'subprotocol not accepted',
        advice: 'the server does not speak this version of OCPP; see --version',
        retry: false,
        forAll: false,
      };
    case 'unreachable':
      return {
        kind: `not reachable (${end.code})`,
        advice: BY_CODE[end.code] ?? end.message,
        retry: true,
        forAll: end.code in BY_CODE && !PASSING.includes(end.code),
      };
  }
}
