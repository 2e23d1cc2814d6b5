import { formatTimestamp, type Request, type Response } from '../../../ocpp/mod.js';
import { partsOf } from '../../payload.js';
import type { Dialect2x } from '../dialect.js';
import type { Monitor } from '../monitors.js';
import type { Handler2x } from './handler.js';

type Setting = Request<'2.1', 'SetVariableMonitoring'>['setMonitoringData'][number];
type SetResult = Response<'2.1', 'SetVariableMonitoring'>['setMonitoringResult'][number];
type MonitorData = NonNullable<Request<'2.1', 'NotifyMonitoringReport'>['monitor']>[number];

/** Entries of one NotifyMonitoringReport. */
const ENTRIES_PER_PART = 50;

/** 2.0.1 N02. */
export const setMonitoringBase: Handler2x<'SetMonitoringBase'> = ({ variables }, { monitoringBase }) => {
  variables.put('MonitoringCtrlr', 'ActiveMonitoringBase', monitoringBase);
  return { status: 'Accepted' };
};

/** 2.0.1 N05: severities are 0 to 9. */
export const setMonitoringLevel: Handler2x<'SetMonitoringLevel'> = ({ variables }, { severity }) => {
  if (severity > 9) return { status: 'Rejected' };
  variables.put('MonitoringCtrlr', 'ActiveMonitoringLevel', String(severity));
  return { status: 'Accepted' };
};

function set(dialect: Dialect2x, setting: Setting): SetResult {
  const { monitors, streams } = dialect.features;
  const { component, variable, type, severity } = setting;
  const named = { component, variable, type, severity };
  const refused = (status: SetResult['status']): SetResult => ({ ...named, status });
  const found = dialect.variables.find(setting);
  if (!found.found) return refused(found.why);
  if (setting.id !== undefined && monitors.get(setting.id) === undefined) return refused('Rejected');
  if (monitors.twin(found.variable, type, setting.id) !== undefined) return refused('Duplicate');
  const monitor = monitors.set(found.variable, setting);
  if (monitor === undefined) return refused('Rejected');
  const { periodicEventStream } = setting;
  if (periodicEventStream !== undefined) {
    dialect.station.afterAnswer(() => streams.open(monitor, periodicEventStream));
  }
  return { ...named, status: 'Accepted', id: monitor.id };
}

/** 2.0.1 N04. */
export const setVariableMonitoring: Handler2x<'SetVariableMonitoring'> = (dialect, request) => ({
  setMonitoringResult: request.setMonitoringData.map((setting) => set(dialect, setting)),
});

/** 2.0.1 N06. A stream of the monitor ends with it. */
export const clearVariableMonitoring: Handler2x<'ClearVariableMonitoring'> = (dialect, request) => {
  const { monitors, streams } = dialect.features;
  const clear = (id: number) => {
    if (!monitors.clear(id)) return { id, status: 'NotFound' as const };
    dialect.station.afterAnswer(() => streams.close(id));
    return { id, status: 'Accepted' as const };
  };
  return { clearMonitoringResult: request.id.map(clear) };
};

/** The criterion of GetMonitoringReport under which a type of monitor falls. */
function criterionOf(type: Setting['type']): string {
  if (type === 'UpperThreshold' || type === 'LowerThreshold') return 'ThresholdMonitoring';
  if (type === 'Periodic' || type === 'PeriodicClockAligned') return 'PeriodicMonitoring';
  return 'DeltaMonitoring';
}

/** `eventNotificationType` is new in 2.1. */
function entryOf(dialect: Dialect2x, { id, setting }: Monitor): MonitorData {
  const { component, variable, type, value, severity } = setting;
  const monitor = { id, transaction: setting.transaction ?? false, type, value, severity };
  const origin =
    dialect.station.version === '2.1' ? { eventNotificationType: 'CustomMonitor' as const } : undefined;
  return {
    component,
    variable,
    variableMonitoring: [{ ...monitor, ...origin } as MonitorData['variableMonitoring'][number]],
  };
}

function report(dialect: Dialect2x, requestId: number, found: readonly Monitor[]): void {
  const { station } = dialect;
  const parts = partsOf(found, ENTRIES_PER_PART);
  for (const [seqNo, part] of parts.entries()) {
    const request: Request<'2.1', 'NotifyMonitoringReport'> = {
      requestId,
      generatedAt: formatTimestamp(station.clock.now()),
      seqNo,
      tbc: seqNo < parts.length - 1,
      monitor: part.map((monitor) => entryOf(dialect, monitor)),
    };
    station.session.call('NotifyMonitoringReport', request);
  }
}

/** 2.0.1 N03. */
export const getMonitoringReport: Handler2x<'GetMonitoringReport'> = (dialect, request) => {
  const { requestId, componentVariable, monitoringCriteria } = request;
  const found = dialect.features.monitors
    .list()
    .filter(
      ({ setting }) =>
        (monitoringCriteria?.some((criterion) => criterion === criterionOf(setting.type)) ?? true) &&
        (componentVariable?.some(
          (wanted) =>
            wanted.component.name === setting.component.name &&
            (wanted.component.evse?.id ?? setting.component.evse?.id) === setting.component.evse?.id &&
            (wanted.variable?.name ?? setting.variable.name) === setting.variable.name,
        ) ??
          true),
    );
  if (found.length === 0) return { status: 'EmptyResultSet' };
  dialect.station.afterAnswer(() => report(dialect, requestId, found));
  return { status: 'Accepted' };
};

/** 2.1 N13. */
export const getPeriodicEventStream: Handler2x<'GetPeriodicEventStream'> = ({ features }) => {
  const constantStreamData = features.streams.list();
  return constantStreamData.length === 0 ? {} : { constantStreamData };
};

/** 2.1 N14. */
export const adjustPeriodicEventStream: Handler2x<'AdjustPeriodicEventStream'> = (
  { features },
  { id, params },
) => ({ status: features.streams.adjust(id, params) ? 'Accepted' : 'Rejected' });
