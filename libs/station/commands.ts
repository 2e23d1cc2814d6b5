import type { CommandReply } from './calls.js';

/** A handler as the table's reader sees it: it takes what the schema of its action lets pass. */
export type AnyHandler<Dialect> = (dialect: Dialect, request: never) => object;

/** Answers a command by its handler. The payload has passed the schema of the action. */
export function runHandler<Dialect>(
  handlers: Readonly<Record<string, AnyHandler<Dialect>>>,
  dialect: Dialect,
  action: string,
  payload: unknown,
): CommandReply {
  const handler = Object.hasOwn(handlers, action) ? handlers[action] : undefined;
  if (handler === undefined) {
    return { kind: 'error', code: 'NotImplemented', description: `${action} is not known here` };
  }
  return { kind: 'result', payload: handler(dialect, payload as never) };
}
