import { isUtf8 } from 'node:buffer';
import { findAction, type Version } from '../../libs/ocpp/mod.js';

/** The error codes of OCPP-J, by version (1.6J 4.2.3; 2.0.1 part 4, 4.3). */
const CODES_16 = [
  'NotImplemented',
  'NotSupported',
  'InternalError',
  'ProtocolError',
  'SecurityError',
  'FormationViolation',
  'PropertyConstraintViolation',
  'OccurenceConstraintViolation',
  'TypeConstraintViolation',
  'GenericError',
];
const CODES_2X = [
  'FormatViolation',
  'GenericError',
  'InternalError',
  'MessageTypeNotSupported',
  'NotImplemented',
  'NotSupported',
  'OccurrenceConstraintViolation',
  'PropertyConstraintViolation',
  'ProtocolError',
  'RpcFrameworkError',
  'SecurityError',
  'TypeConstraintViolation',
];
const CODES: Readonly<Record<Version, ReadonlySet<string>>> = {
  '1.6': new Set(CODES_16),
  '2.0.1': new Set(CODES_2X),
  '2.1': new Set(CODES_2X),
};
const MAX_DESCRIPTION = 255;

/** What was sent under one message id. */
interface Asked {
  times: number;
  answers: number;
  /** Of the messages that are whole. */
  readonly actions: Set<string>;
}

export interface Verdict {
  /** `CALLRESULT`, an error code, or `CALLRESULTERROR …`. */
  readonly label: string;
  readonly problem?: string;
}

/**
 * Everything that was sent on one connection, against which every answer is held: a valid OCPP-J frame with a known
 * code, under an id that was sent here, not more often than it was sent; a CALLRESULT valid by its schema.
 * Controls, valid CALLs among the others, must all be answered, in their order.
 */
export class AnswerBook {
  readonly #asked = new Map<string, Asked>();
  /** Ids of the controls, in their order. */
  readonly #controls: string[] = [];
  readonly #controlIds = new Set<string>();
  #answeredControls = 0;
  #messages = 0;
  #withoutId = 0;

  constructor(readonly version: Version) {}

  /** A text message was sent. */
  sent(message: Uint8Array): void {
    this.#messages++;
    for (const { id, action } of readingsOf(message)) {
      const asked = this.#asked.get(id) ?? { times: 0, answers: 0, actions: new Set() };
      asked.times++;
      if (action !== undefined) asked.actions.add(action);
      this.#asked.set(id, asked);
    }
  }

  /** The CALL with this id is valid and must be answered; `sent` is to be called for it too. */
  control(id: string): void {
    this.#controls.push(id);
    this.#controlIds.add(id);
  }

  /** Controls that wait for their answer. */
  get unanswered(): number {
    return this.#controls.length - this.#answeredControls;
  }

  /** A text message came. */
  received(bytes: Buffer): Verdict {
    if (!isUtf8(bytes)) return { label: 'invalid', problem: 'an answer that is not UTF-8' };
    const text = bytes.toString();
    const frame = parse(text);
    if (!Array.isArray(frame)) return { label: 'invalid', problem: `no OCPP-J frame: ${short(text)}` };
    const [type, id] = frame as unknown[];
    if (typeof id !== 'string') return { label: 'invalid', problem: `no message id: ${short(text)}` };
    switch (type) {
      case 3:
        return this.#result(id, frame, text);
      case 4:
        return this.#error(id, frame, text);
      case 5:
        return this.#resultError(id, frame, text);
      default:
        return { label: 'invalid', problem: `message type ${String(type)}: ${short(text)}` };
    }
  }

  #result(id: string, frame: readonly unknown[], text: string): Verdict {
    const label = 'CALLRESULT';
    const asked = this.#count(id);
    if (asked === undefined)
      return { label, problem: `nothing with this id was sent, or not so often: ${short(text)}` };
    if (frame.length !== 3) return { label, problem: `${frame.length} elements: ${short(text)}` };
    const violation = this.#violation(asked.actions, frame[2]);
    if (violation !== undefined) return { label, problem: `${violation}: ${short(text)}` };
    return { label, ...this.#checkControl(id) };
  }

  /** The result must be right for one of the actions that were sent under its id. */
  #violation(actions: ReadonlySet<string>, payload: unknown): string | undefined {
    let violation: string | undefined = 'a CALLRESULT to what was no CALL';
    for (const action of actions) {
      const check = findAction(this.version, action)?.checkResponse;
      if (check === undefined) continue;
      violation = check(payload)?.message;
      if (violation === undefined) return undefined;
    }
    return violation;
  }

  #error(id: string, frame: readonly unknown[], text: string): Verdict {
    const code = String(frame[2]);
    const problem = this.#errorProblem(frame) ?? this.#idProblem(id);
    if (problem !== undefined) return { label: code, problem: `${problem}: ${short(text)}` };
    if (this.#controlIds.has(id)) return { label: code, problem: `a valid CALL was refused: ${short(text)}` };
    if (code === 'InternalError') return { label: code, problem: `not processed: ${short(text)}` };
    return { label: code };
  }

  /** 2.1: an answer to our CALLRESULT that could not be used. */
  #resultError(id: string, frame: readonly unknown[], text: string): Verdict {
    const label = `CALLRESULTERROR ${String(frame[2])}`;
    const problem =
      this.version === '2.1'
        ? (this.#errorProblem(frame) ?? this.#idProblem(id))
        : `type 5 in ${this.version}`;
    return problem === undefined ? { label } : { label, problem: `${problem}: ${short(text)}` };
  }

  #errorProblem(frame: readonly unknown[]): string | undefined {
    const [, , code, description, details] = frame;
    if (frame.length !== 5) return `${frame.length} elements`;
    if (typeof code !== 'string' || !CODES[this.version].has(code))
      return `no error code of OCPP ${this.version}`;
    if (typeof description !== 'string' || [...description].length > MAX_DESCRIPTION)
      return 'a bad description';
    const isObject = typeof details === 'object' && details !== null && !Array.isArray(details);
    return isObject ? undefined : 'details are no object';
  }

  #idProblem(id: string): string | undefined {
    if (id === '-1' && this.version !== '1.6') {
      return ++this.#withoutId > this.#messages ? 'more answers than messages' : undefined;
    }
    return this.#count(id) === undefined ? 'nothing with this id was sent, or not so often' : undefined;
  }

  #count(id: string): Asked | undefined {
    const asked = this.#asked.get(id);
    if (asked === undefined || asked.answers >= asked.times) return undefined;
    asked.answers++;
    return asked;
  }

  #checkControl(id: string): { problem?: string } {
    const next = this.#controls[this.#answeredControls];
    if (next === id) {
      this.#answeredControls++;
      return {};
    }
    if (!this.#controlIds.has(id)) return {};
    return { problem: `${id} was answered before ${next ?? 'nothing'}: CALLs are answered in order, once` };
  }
}

interface Reading {
  readonly id: string;
  readonly action: string | undefined;
}

const HEADER = /^\s*\[\s*\d{1,3}\s*,\s*("(?:[^"\\]|\\.)*")/;

/** The ids that may be seen in a message: as JSON, and by its beginning when it is broken. */
function readingsOf(message: Uint8Array): readonly Reading[] {
  const text = Buffer.from(message).toString();
  const frame = parse(text);
  if (Array.isArray(frame)) {
    const [, id, action] = frame as unknown[];
    if (typeof id !== 'string') return [];
    return [{ id, action: typeof action === 'string' ? action : undefined }];
  }
  const id = parse(HEADER.exec(text.slice(0, 512))?.[1] ?? '');
  return typeof id === 'string' ? [{ id, action: undefined }] : [];
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const short = (text: string): string => (text.length <= 200 ? text : `${text.slice(0, 200)}…`);
