import type { Dialect2x } from '../dialect.js';
import type { Handler2x } from './handler.js';

type Wanted = Parameters<Handler2x<'GetVariables'>>[1]['getVariableData'][number];
type Got = ReturnType<Handler2x<'GetVariables'>>['getVariableResult'][number];
type Change = Parameters<Handler2x<'SetVariables'>>[1]['setVariableData'][number];
type Changed = ReturnType<Handler2x<'SetVariables'>>['setVariableResult'][number];

function read(dialect: Dialect2x, wanted: Wanted): Got {
  const { component, variable, attributeType } = wanted;
  const name = { component, variable, ...(attributeType === undefined ? {} : { attributeType }) };
  const found = dialect.variables.find(wanted);
  if (!found.found) return { ...name, attributeStatus: found.why };
  if ((attributeType ?? 'Actual') !== 'Actual') {
    return { ...name, attributeStatus: 'NotSupportedAttributeType' };
  }
  if (found.variable.spec.mutability === 'WriteOnly') return { ...name, attributeStatus: 'Rejected' };
  return {
    ...name,
    attributeStatus: 'Accepted',
    attributeValue: dialect.variables.value(found.variable),
  };
}

/** 2.0.1 B06. */
export const getVariables: Handler2x<'GetVariables'> = (dialect, { getVariableData }) => ({
  getVariableResult: getVariableData.map((wanted) => read(dialect, wanted)),
});

/** What a new value brings about once the answer is on the wire. */
const EFFECTS: Readonly<Record<string, (dialect: Dialect2x, value: string) => void>> = {
  'OCPPCommCtrlr.HeartbeatInterval': ({ station }, value) =>
    station.session.setHeartbeatInterval(Number(value) * 1000),
  'SecurityCtrlr.BasicAuthPassword': ({ station }, value) => {
    station.session.setPassword(value);
    station.session.reconnect('new credentials');
  },
};

/** 2.0.1 A01: 16 to 40 characters, 64 by the errata. */
const isPassword = (value: string) => value.length >= 16 && value.length <= 64;

function write(dialect: Dialect2x, change: Change): Changed {
  const { component, variable, attributeType, attributeValue } = change;
  const name = { component, variable, ...(attributeType === undefined ? {} : { attributeType }) };
  const found = dialect.variables.find(change);
  if (!found.found) return { ...name, attributeStatus: found.why };
  if ((attributeType ?? 'Actual') !== 'Actual') {
    return { ...name, attributeStatus: 'NotSupportedAttributeType' };
  }
  const key = `${found.variable.spec.component}.${found.variable.spec.variable}`;
  if (key === 'SecurityCtrlr.BasicAuthPassword' && !isPassword(attributeValue)) {
    return { ...name, attributeStatus: 'Rejected' };
  }
  const attributeStatus = dialect.variables.set(found.variable, attributeValue);
  if (attributeStatus === 'Accepted') {
    dialect.station.afterAnswer(() => EFFECTS[key]?.(dialect, attributeValue));
  }
  return { ...name, attributeStatus };
}

/** 2.0.1 B05. */
export const setVariables: Handler2x<'SetVariables'> = (dialect, { setVariableData }) => ({
  setVariableResult: setVariableData.map((change) => write(dialect, change)),
});
