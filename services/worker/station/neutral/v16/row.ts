import type { ActionName, Request, Response } from '../../../../../libs/ocpp/mod.js';
import { Objections } from '../objections.js';
import { resultOf } from '../outcomes.js';
import type { Action21, Exchange, Payload, Step } from '../step.js';
import type { AnyTakes, Takes } from '../takes.js';

export type Action16 = ActionName<'1.6'>;
export type Request21<A extends Action21> = Readonly<Request<'2.1', A>>;
export type Response21<A extends Action21> = Response<'2.1', A>;
export type Request16<A extends Action16> = Request<'1.6', A>;
export type Response16<A extends Action16> = Readonly<Response<'1.6', A>>;

/** How a command of 2.1 is put to a 1.6 station. */
export interface Row {
  readonly action: Action21;
  /** The 1.6 messages that it may become, in order of use. */
  readonly becomes: readonly Action16[];
  /** What the caller should know of the change, a sentence each. */
  readonly notes: readonly string[];
  readonly takes: AnyTakes;
  /** The request has only members that `takes` lists. A CALL need not be valid yet. */
  readonly next: (request: Payload, done: readonly Exchange[]) => Step;
}

interface Facts<A extends Action21> {
  readonly notes?: readonly string[];
  readonly takes: Takes<Request21<A>>;
}

interface OneCall<A extends Action21, B extends Action16> extends Facts<A> {
  readonly request: (request: Request21<A>, no: Objections) => Request16<B>;
  readonly response: (response: Response16<B>, request: Request21<A>) => Response21<A>;
}

/** A command that becomes one CALL. */
export function oneCall<A extends Action21, B extends Action16>(
  action: A,
  becomes: B,
  { request: toRequest, response: toResponse, ...facts }: OneCall<A, B>,
): Row {
  return manyCalls(action, [becomes], {
    ...facts,
    next: (request, [exchange], no) =>
      exchange === undefined
        ? call(becomes, toRequest(request, no))
        : answer(action, exchange, (response: Response16<B>) => toResponse(response, request)),
  });
}

interface ManyCalls<A extends Action21> extends Facts<A> {
  readonly next: (request: Request21<A>, done: readonly Exchange[], no: Objections) => Step;
}

/** A command that takes as many CALLs as `next` makes of it. What is raised as an objection is the step. */
export function manyCalls<A extends Action21>(
  action: A,
  becomes: readonly Action16[],
  { notes = [], takes, next }: ManyCalls<A>,
): Row {
  return {
    action,
    becomes,
    notes,
    takes: takes as AnyTakes,
    next(request, done) {
      const no = new Objections();
      const step = next(request as unknown as Request21<A>, done, no);
      return no.first === undefined ? step : { unsupported: no.first };
    },
  };
}

export const call = <B extends Action16>(action: B, payload: Request16<B>): Step => ({
  call: { action, payload: payload as object },
});

/** The outcome of the command, of the answer to its CALL. */
export function answer<A extends Action21, R>(
  action: A,
  { outcome }: Exchange,
  toResponse: (response: R) => Response21<A>,
): Step {
  if (outcome.status === 'error') return { outcome };
  return resultOf(action, toResponse(outcome.payload as R) as object);
}
