import { defined } from '../defined.js';
import type { Objections } from '../objections.js';
import { resultOf, statusInfo } from '../outcomes.js';
import type { Exchange, Step } from '../step.js';
import { OTHER_KEYS, type ConfigurationKey } from './configuration-keys.js';
import { call, manyCalls, type Request21, type Response16, type Response21 } from './row.js';
import { findKey, isKey } from './variables.js';

type Item = Request21<'SetVariables'>['setVariableData'][number];
type Result = Response21<'SetVariables'>['setVariableResult'][number];
type Told = Omit<Result, 'component' | 'variable' | 'attributeType'>;
type Status16 = Response16<'ChangeConfiguration'>['status'];

/** Each is a CALL, and its exchange is kept until the command is over. */
const MAX_ITEMS = 50;
const MAX_VALUE = 500;

const STATUSES: Readonly<Record<Status16, Result['attributeStatus']>> = {
  Accepted: 'Accepted',
  Rejected: 'Rejected',
  RebootRequired: 'RebootRequired',
  NotSupported: 'UnknownVariable',
};

/** 1.6 5.3: one key a CALL, in the order of the request. */
export const setVariables = manyCalls('SetVariables', ['ChangeConfiguration'], {
  notes: [
    `One ChangeConfiguration for each variable, in order; at most ${MAX_ITEMS}. Variables become configuration keys as in GetVariables; ${OTHER_KEYS} has every key by its own name.`,
    `A value has at most ${MAX_VALUE} characters; BasicAuthPassword (16 to 20 bytes) becomes the hexadecimal digits of AuthorizationKey.`,
    'NotSupported is told as UnknownVariable. A CALLERROR for one of several variables is told as its Rejected; when all fail, the first is told.',
  ],
  takes: {
    setVariableData: {
      attributeType: true,
      attributeValue: true,
      component: { name: true, instance: true, evse: true },
      variable: { name: true, instance: true },
    },
  },
  next({ setVariableData: items }, done, no) {
    if (items.length > MAX_ITEMS)
      no.raise('/setVariableData', `must have at most ${MAX_ITEMS} elements there`);
    const changes = items.map((item, index) => changeOf(`/setVariableData/${index}`, item, no));
    const next = changes.filter(isChange)[done.length];
    return next === undefined ? told(items, changes, done) : call('ChangeConfiguration', next);
  },
});

interface Change {
  readonly key: string;
  readonly value: string;
}

const isChange = (change: Change | Told): change is Change => 'key' in change;

function changeOf(path: string, item: Item, no: Objections): Change | Told {
  const found = findKey(item);
  if (!isKey(found)) return { attributeStatus: found.status, attributeStatusInfo: found.info };
  return { key: found.key, value: valueTo16(`${path}/attributeValue`, item.attributeValue, found, no) };
}

function valueTo16(
  path: string,
  value: string,
  { to16, must = 'has no form there' }: ConfigurationKey,
  no: Objections,
): string {
  const converted = to16 === undefined ? value : to16(value);
  if (converted === undefined) no.raise(path, must);
  return no.text(path, converted ?? '', MAX_VALUE);
}

function told(items: readonly Item[], changes: readonly (Change | Told)[], done: readonly Exchange[]): Step {
  const [first] = done;
  if (
    first !== undefined &&
    changes.every(isChange) &&
    done.every(({ outcome }) => outcome.status === 'error')
  ) {
    return { outcome: first.outcome };
  }
  const answers = done.values();
  const setVariableResult = items.map(({ component, variable, attributeType }, index): Result => {
    const change = changes[index];
    const answer = change === undefined || isChange(change) ? toldBy(answers.next().value) : change;
    return defined<Result>({ ...answer, component, variable, attributeType });
  });
  return resultOf('SetVariables', { setVariableResult });
}

function toldBy(exchange: Exchange | undefined): Told {
  const outcome = exchange?.outcome;
  if (outcome?.status === 'result') {
    return { attributeStatus: STATUSES[(outcome.payload as Response16<'ChangeConfiguration'>).status] };
  }
  const words = outcome === undefined ? 'not sent' : `${outcome.code}: ${outcome.description}`;
  return { attributeStatus: 'Rejected', attributeStatusInfo: statusInfo('InternalError', words) };
}
