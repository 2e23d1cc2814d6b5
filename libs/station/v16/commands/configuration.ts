import type { ConfigurationKey } from '../../model/configuration-keys.js';
import type { Dialect16 } from '../dialect.js';
import type { Handler16 } from './handler.js';

type KeyValue = NonNullable<ReturnType<Handler16<'GetConfiguration'>>['configurationKey']>[number];

/** The value of a write-only key (AuthorizationKey) is never told. */
function tell(dialect: Dialect16, entry: ConfigurationKey): KeyValue {
  return {
    key: entry.key,
    readonly: entry.access === 'read',
    ...(entry.access === 'write' ? {} : { value: dialect.configuration.value(entry.key) }),
  };
}

/** 1.6 5.8: without keys, all of them. */
export const getConfiguration: Handler16<'GetConfiguration'> = (dialect, { key: keys }) => {
  const { configuration } = dialect;
  if (keys === undefined || keys.length === 0) {
    return { configurationKey: configuration.keys.map((entry) => tell(dialect, entry)) };
  }
  const found = keys.map((key) => configuration.find(key)).filter((entry) => entry !== undefined);
  const unknownKey = keys.filter((key) => configuration.find(key) === undefined);
  return {
    configurationKey: found.map((entry) => tell(dialect, entry)),
    ...(unknownKey.length === 0 ? {} : { unknownKey }),
  };
};

/** What a new value brings about at once. */
const EFFECTS: Readonly<Record<string, (dialect: Dialect16, value: string) => void>> = {
  HeartbeatInterval: ({ station }, value) => station.session.setHeartbeatInterval(Number(value) * 1000),
  AuthorizationKey: ({ station }, value) => {
    station.session.setPassword(Buffer.from(value, 'hex'));
    station.session.reconnect('new credentials');
  },
};

/** 1.6J 6.2.2: 16 to 20 bytes, written as hexadecimal digits. */
const isAuthorizationKey = (value: string) => /^([0-9a-f]{2}){16,20}$/i.test(value);

export const changeConfiguration: Handler16<'ChangeConfiguration'> = (dialect, { key, value }) => {
  const entry = dialect.configuration.find(key);
  if (entry?.key === 'AuthorizationKey' && !isAuthorizationKey(value)) return { status: 'Rejected' };
  const status = dialect.configuration.change(key, value);
  if (status === 'Accepted' && entry !== undefined) {
    dialect.station.afterAnswer(() => EFFECTS[entry.key]?.(dialect, value));
  }
  return { status };
};

export const clearCache: Handler16<'ClearCache'> = () => ({ status: 'Accepted' });
