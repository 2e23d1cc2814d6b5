import type { grpc, Question } from '../../../libs/api/mod.js';
import { findAction, VERSIONS } from '../../../libs/ocpp/mod.js';

/** Characters of an answer; no response of OCPP is nearly as long. */
const MAX_ANSWER = 262_144;
/** In the place of what only the gateway knows, for the check of an answer. */
const SOME_TIME = '2000-01-01T00:00:00Z';

type Members = Readonly<Record<string, unknown>>;

/** What came over the bus; undefined when it is no question. */
export function readQuestion(data: Uint8Array): Question | undefined {
  try {
    const question = JSON.parse(Buffer.from(data).toString()) as Partial<Question> | null;
    const { stationId, action, deadline } = question ?? {};
    const fits = typeof stationId === 'string' && typeof action === 'string' && typeof deadline === 'number';
    return fits ? (question as Question) : undefined;
  } catch {
    return undefined;
  }
}

export function toMessage(question: Question, questionId: string): grpc.Question {
  const { askId, stationId, version, action, provisioned, securityProfile, idToken, payload, traceparent } =
    question;
  return {
    questionId,
    askId,
    stationId,
    ocppVersion: version,
    action,
    provisioned,
    securityProfile,
    idToken: idToken && { idToken: idToken.idToken, type: idToken.type ?? '' },
    payload: JSON.stringify(payload),
    deadline: new Date(question.deadline),
    traceparent: traceparent ?? '',
  };
}

/** Why `text` is no answer to `question`, in one line; undefined when it is one. Empty text stands for `{}`. */
export function problemOf(question: Question, text: string): string | undefined {
  if (text.length > MAX_ANSWER) {
    return `the payload has ${text.length} characters; at most ${MAX_ANSWER} are taken`;
  }
  const answer = parsed(text === '' ? '{}' : text);
  if (answer === undefined) return 'the payload is not a JSON object';
  const version = VERSIONS.find((one) => one === question.version);
  const check = version && findAction(version, question.action)?.checkResponse;
  const problem = check?.(completed(question, answer));
  return problem && `the payload is no ${question.action} response: ${problem.message}`;
}

function parsed(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The answer with what the gateway adds to it, as far as its form goes. */
function completed({ version, action, payload }: Question, given: Members): Members {
  const answer = version === '1.6' ? withIdTagInfo(given) : given;
  switch (action) {
    case 'BootNotification':
      return { interval: 0, ...answer, currentTime: SOME_TIME };
    case 'StartTransaction':
      return { ...answer, transactionId: 0 };
    case 'VatNumberValidation':
      return { ...answer, vatNumber: isObject(payload) ? payload.vatNumber : '' };
    default:
      return answer;
  }
}

/** 2.1's idTokenInfo in 1.6's terms. Every status is one that 1.6 can be told. */
function withIdTagInfo(answer: Members): Members {
  const { idTokenInfo, ...rest } = answer;
  if (rest.idTagInfo !== undefined || idTokenInfo === undefined) return rest;
  if (!isObject(idTokenInfo)) return { ...rest, idTagInfo: idTokenInfo };
  const { status, cacheExpiryDateTime, groupIdToken } = idTokenInfo;
  const idTagInfo = {
    ...(typeof status === 'string' ? { status: 'Accepted' } : status !== undefined && { status }),
    ...(cacheExpiryDateTime !== undefined && { expiryDate: cacheExpiryDateTime }),
    ...(isObject(groupIdToken) && { parentIdTag: groupIdToken.idToken }),
  };
  return { ...rest, idTagInfo };
}
