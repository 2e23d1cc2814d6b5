import type { Attack } from '../siege.js';
import { closedDoor } from './closed-door.js';
import { churn, lastWords, slowLoris, takeovers, withoutUpgrade } from './connections.js';
import { costly, deaf, floods } from './floods.js';
import { foreignTransactions } from './foreign.js';
import { framing } from './framing.js';
import { handshakes } from './handshakes.js';
import { MESSAGE_ATTACKS } from './messages.js';
import { compressed, halfMessages, largest, tooLarge } from './sizes.js';

/** Every attack, in the order in which they begin. */
export const ATTACKS: readonly Attack[] = [
  slowLoris,
  deaf,
  ...MESSAGE_ATTACKS,
  framing,
  largest,
  tooLarge,
  compressed,
  halfMessages,
  costly,
  floods,
  handshakes,
  closedDoor,
  withoutUpgrade,
  churn,
  takeovers,
  lastWords,
  foreignTransactions,
];
