import type { Question } from '../../libs/api/mod.js';
import type { Bus, BusMessage } from '../../libs/bus/mod.js';
import type { Clock } from '../../libs/clock/mod.js';
import { subjects, TOKEN_ACTIONS } from '../../libs/link/mod.js';
import { formatTimestamp } from '../../libs/ocpp/mod.js';
import type { Logger } from '../../libs/ops/mod.js';
import { tokenKey, type Token, type Tokens } from './tokens-file.js';

export interface DeciderOptions {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The tokens that may charge; `any`: all of them (open mode). Asked for each decision. */
  readonly tokens: () => Tokens | 'any';
}

/** What is answered: OCPP 2.1's terms, which the station actor puts into those of the station's version. */
export interface Decision {
  readonly idTokenInfo?: TokenInfo;
  readonly certificateStatus?: string;
}

export interface TokenInfo {
  readonly status: string;
  readonly cacheExpiryDateTime?: string;
  readonly groupIdToken?: { readonly idToken: string; readonly type: string };
  readonly language1?: string;
}

/** The part of a question that this decider looks at. */
export type TokenQuestion = Pick<Question, 'version' | 'idToken' | 'payload'>;

/**
 * Answers the questions about id tokens that come over the bus and are not business services' to decide: from the tokens
 * file or, in open mode, with Accepted. Returns the function that stops it.
 */
export function startDecider(options: DeciderOptions): () => Promise<void> {
  const subscriptions = TOKEN_ACTIONS.map((action) => {
    return options.bus.subscribe(subjects.undecided(action, '*'), (message) => answer(options, message), {
      queue: 'decider',
    });
  });
  return async () => {
    await Promise.all(subscriptions.map((subscription) => subscription.drain()));
  };
}

function answer({ bus, clock, logger, tokens }: DeciderOptions, { subject, data, reply }: BusMessage): void {
  if (reply === undefined) return;
  const question = readQuestion(data);
  if (question === undefined) logger.error({ subject }, 'decision_question_unreadable');
  else bus.publish(reply, Buffer.from(JSON.stringify(decide(tokens(), question, clock.now()))));
}

function readQuestion(data: Uint8Array): TokenQuestion | undefined {
  try {
    return JSON.parse(Buffer.from(data).toString()) as TokenQuestion;
  } catch {
    return undefined;
  }
}

/** What is said of the token of `question` at `now` (epoch milliseconds). */
export function decide(tokens: Tokens | 'any', question: TokenQuestion, now: number): Decision {
  const { idToken: presented, payload } = question;
  if (presented === undefined) return {};
  const byContract = hasContract(payload);
  if (tokens === 'any') {
    return { idTokenInfo: { status: 'Accepted' }, ...(byContract && { certificateStatus: 'Accepted' }) };
  }
  // A contract certificate (2.x C07) is to be verified with its issuer; a file cannot.
  if (byContract) return { idTokenInfo: { status: 'Invalid' }, certificateStatus: 'CertChainError' };
  const token = tokens.get(tokenKey(presented.idToken));
  const fits = token?.type === undefined || presented.type === undefined || token.type === presented.type;
  return {
    idTokenInfo: token === undefined || !fits ? { status: 'Unknown' } : infoOf(token, question.version, now),
  };
}

/** Longest id of a group that the version's schema takes. */
const MAX_GROUP: Readonly<Record<string, number>> = { '1.6': 20, '2.0.1': 36, '2.1': 255 };

function infoOf({ status, expiresAt, group, language }: Token, version: string, now: number): TokenInfo {
  const expired = status === 'Accepted' && expiresAt !== undefined && expiresAt <= now;
  const fits = group !== undefined && group.length <= (MAX_GROUP[version] ?? 0);
  return {
    status: expired ? 'Expired' : status,
    ...(expiresAt !== undefined && { cacheExpiryDateTime: formatTimestamp(expiresAt) }),
    ...(fits && { groupIdToken: { idToken: group, type: 'Central' } }),
    ...(language !== undefined && { language1: language }),
  };
}

function hasContract(payload: unknown): boolean {
  if (typeof payload !== 'object' || payload === null) return false;
  return 'certificate' in payload || 'iso15118CertificateHashData' in payload;
}
