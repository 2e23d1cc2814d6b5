import { defined } from '../defined.js';
import { resultOf, statusInfo } from '../outcomes.js';
import type { Step } from '../step.js';
import { OTHER_KEYS, type ConfigurationKey } from './configuration-keys.js';
import { call, manyCalls, type Request21, type Response16, type Response21 } from './row.js';
import { findKey, isKey } from './variables.js';

type Item = Request21<'GetVariables'>['getVariableData'][number];
type Result = Response21<'GetVariables'>['getVariableResult'][number];
type Told = Omit<Result, 'component' | 'variable' | 'attributeType'>;
type Configuration = Response16<'GetConfiguration'>;

/** 1.6 5.8. */
export const getVariables = manyCalls('GetVariables', ['GetConfiguration'], {
  notes: [
    `One GetConfiguration with the configuration keys that stand for the variables; every key is also a variable of the component ${OTHER_KEYS}, by its own name.`,
    'Actual values only; a key that the station does not know is told as UnknownVariable, a secret as Rejected. Ask for no more variables than its GetConfigurationMaxKeys.',
  ],
  takes: {
    getVariableData: {
      attributeType: true,
      component: { name: true, instance: true, evse: true },
      variable: { name: true, instance: true },
    },
  },
  next({ getVariableData: items }, [exchange]) {
    const keys = items.map(findKey).filter(isKey);
    if (exchange === undefined && keys.length > 0) return call('GetConfiguration', { key: distinct(keys) });
    if (exchange?.outcome.status === 'error') return { outcome: exchange.outcome };
    return told(items, (exchange?.outcome.payload ?? {}) as Configuration);
  },
});

function distinct(keys: readonly ConfigurationKey[]): string[] {
  return [...new Map(keys.map(({ key }) => [key.toLowerCase(), key])).values()];
}

function told(items: readonly Item[], { configurationKey = [] }: Configuration): Step {
  const values = new Map(configurationKey.map(({ key, value }) => [key.toLowerCase(), value ?? '']));
  const getVariableResult = items.map((item): Result => {
    const { component, variable, attributeType } = item;
    return defined<Result>({ ...toldOf(item, values), component, variable, attributeType });
  });
  return resultOf('GetVariables', { getVariableResult });
}

function toldOf(item: Item, values: ReadonlyMap<string, string>): Told {
  const found = findKey(item);
  if (!isKey(found)) return { attributeStatus: found.status, attributeStatusInfo: found.info };
  const value = values.get(found.key.toLowerCase());
  if (value === undefined) return { attributeStatus: 'UnknownVariable' };
  if (found.writeOnly) {
    const attributeStatusInfo = statusInfo('WriteOnly', `${found.key} can be set, not read`);
    return { attributeStatus: 'Rejected', attributeStatusInfo };
  }
  return { attributeStatus: 'Accepted', attributeValue: found.to21?.(value) ?? value };
}
