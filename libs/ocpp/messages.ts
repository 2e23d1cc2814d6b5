import type { Messages as Messages16 } from './generated/types-1.6.js';
import type { Messages as Messages201 } from './generated/types-2.0.1.js';
import type { Messages as Messages21 } from './generated/types-2.1.js';
import type { Version } from './versions.js';

interface MessagesOf {
  readonly '1.6': Messages16;
  readonly '2.0.1': Messages201;
  readonly '2.1': Messages21;
}

/** Every action of `V`, as `'BootNotification'`. */
export type ActionName<V extends Version> = keyof MessagesOf[V] & string;

/** The payload of a CALL or SEND, as `Request<'2.0.1', 'BootNotification'>`. */
export type Request<V extends Version, A extends ActionName<V>> = MessagesOf[V][A] extends {
  request: infer R;
}
  ? R
  : never;

/** The payload of a CALLRESULT; `never` for a SEND, which has no answer. */
export type Response<V extends Version, A extends ActionName<V>> = MessagesOf[V][A] extends {
  response: infer R;
}
  ? R
  : never;
