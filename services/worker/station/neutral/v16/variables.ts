import { statusInfo, type StatusInfo } from '../outcomes.js';
import { CONFIGURATION_KEYS, OTHER_KEYS, type ConfigurationKey } from './configuration-keys.js';
import type { Request21 } from './row.js';

/** Finding the configuration key of a variable. Names are case-insensitive in 1.6 and in 2.x. */

type Item = Request21<'GetVariables'>['getVariableData'][number];
export type Named = Pick<Item, 'component' | 'variable' | 'attributeType'>;

/** Why a variable cannot be had from a 1.6 station. */
export interface NoKey {
  readonly status: 'UnknownComponent' | 'UnknownVariable' | 'NotSupportedAttributeType';
  readonly info: StatusInfo;
}

const nameOf = (component: string, variable: string, instance: string | undefined): string =>
  JSON.stringify([component, variable, instance ?? ''].map((name) => name.toLowerCase()));

const BY_NAME = new Map(
  CONFIGURATION_KEYS.map((entry) => [nameOf(entry.component, entry.variable, entry.instance), entry]),
);
const BY_KEY = new Map(CONFIGURATION_KEYS.map((entry) => [entry.key.toLowerCase(), entry]));
const COMPONENTS = new Set(CONFIGURATION_KEYS.map(({ component }) => component.toLowerCase()));

const ELSEWHERE = `every other configuration key of a 1.6 station is a variable of the component ${OTHER_KEYS}, by its own name`;

export function findKey({ component, variable, attributeType = 'Actual' }: Named): ConfigurationKey | NoKey {
  if (attributeType !== 'Actual') {
    return noKey(
      'NotSupportedAttributeType',
      'UnsupportedParam',
      'a configuration key has an Actual value only',
    );
  }
  if (component.evse !== undefined || component.instance !== undefined) {
    return noKey(
      'UnknownComponent',
      'UnsupportedParam',
      'the configuration keys of 1.6 are those of the whole station',
    );
  }
  const name = component.name.toLowerCase();
  if (name === OTHER_KEYS.toLowerCase() && variable.instance === undefined) return otherKey(variable.name);
  const found = BY_NAME.get(nameOf(component.name, variable.name, variable.instance));
  if (found !== undefined) return found;
  return noKey(COMPONENTS.has(name) ? 'UnknownVariable' : 'UnknownComponent', 'NotFound', ELSEWHERE);
}

export const isKey = (found: ConfigurationKey | NoKey): found is ConfigurationKey => 'key' in found;

/** A key by its own name has its own values, but a secret stays one. */
const otherKey = (key: string): ConfigurationKey => ({
  key,
  component: OTHER_KEYS,
  variable: key,
  ...(BY_KEY.get(key.toLowerCase())?.writeOnly === true && { writeOnly: true }),
});

const noKey = (status: NoKey['status'], reasonCode: string, words: string): NoKey => ({
  status,
  info: statusInfo(reasonCode, words),
});
