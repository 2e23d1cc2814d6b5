import { DECISION_ACTIONS, TOKEN_ACTIONS, type DecisionAction } from '../link/mod.js';
import { nearest, optionTable, type OptionType } from '../ops/mod.js';

/** Names for several of them. */
const SETS: Readonly<Record<string, readonly DecisionAction[]>> = {
  tokens: TOKEN_ACTIONS,
  none: [],
  all: DECISION_ACTIONS,
};
const NAMES: readonly string[] = [...Object.keys(SETS), ...DECISION_ACTIONS];

const actionsOf = (name: string): readonly DecisionAction[] | undefined =>
  SETS[name] ?? DECISION_ACTIONS.filter((action) => action === name);

const decisions: OptionType<readonly DecisionAction[]> = {
  name: 'actions',
  expected: `none, all, or a list, separated by commas, of tokens, ${DECISION_ACTIONS.join(', ')}`,
  parse: (text) => {
    const names = text.split(',').map((name) => name.trim());
    if (!names.every((name) => NAMES.includes(name))) return undefined;
    // "none" and "all" mean nothing beside others.
    if (names.length > 1 && names.some((name) => name === 'none' || name === 'all')) return undefined;
    return [...new Set(names.flatMap((name) => actionsOf(name) ?? []))];
  },
  meant: (text) => {
    const wrong = text.split(',').find((name) => !NAMES.includes(name.trim()));
    return wrong === undefined ? undefined : nearest(wrong.trim(), NAMES);
  },
  format: (actions) => {
    const isSet = (set: readonly DecisionAction[]) =>
      set.length === actions.length && set.every((action) => actions.includes(action));
    return Object.entries(SETS).find(([, set]) => isSet(set))?.[0] ?? actions.join(',');
  },
};

/** What business services are asked; the same for all processes of a gateway. */
export const DECISION_OPTIONS = optionTable({
  decisions: {
    env: 'STATIONMASTER_DECISIONS',
    flag: 'decisions',
    type: decisions,
    default: TOKEN_ACTIONS,
    help: 'Messages of stations about which business services are asked. tokens: those with id tokens. For all others the safe default is the answer at once.',
    topic: 'Business services',
  },
});
