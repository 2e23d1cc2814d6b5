import { formatTimestamp, type Request } from '../../../ocpp/mod.js';
import type { Station } from '../../station.js';
import { settingsOf, type DerEntry } from '../der.js';
import type { Handler2x } from './handler.js';

type Report = Request<'2.1', 'ReportDERControl'>;

/** 2.1 R04. A control that starts at once is told of by NotifyDERStartStop. */
export const setDerControl: Handler2x<'SetDERControl'> = ({ station, features }, control) => {
  if (settingsOf(control) === undefined) return { status: 'Rejected' };
  const supersededIds = features.derControls.set(control);
  if (supersededIds === undefined) return { status: 'Rejected' };
  if (!control.isDefault) station.afterAnswer(() => tellStart(station, control.controlId, supersededIds));
  return { status: 'Accepted', ...(supersededIds.length === 0 ? {} : { supersededIds: [...supersededIds] }) };
};

function tellStart(station: Station, controlId: string, supersededIds: readonly string[]): void {
  const request: Request<'2.1', 'NotifyDERStartStop'> = {
    controlId,
    started: true,
    timestamp: formatTimestamp(station.clock.now()),
    ...(supersededIds.length === 0 ? {} : { supersededIds: [...supersededIds] }),
  };
  station.session.call('NotifyDERStartStop', request);
}

/** 2.1 R04. */
export const clearDerControl: Handler2x<'ClearDERControl'> = ({ features }, request) => {
  const { isDefault, controlType, controlId } = request;
  const cleared = features.derControls.clear({ isDefault, controlType, controlId });
  return { status: cleared > 0 ? 'Accepted' : 'NotFound' };
};

/** The part of a report that tells of one control, under the member for its type. */
function partOf({ control, superseded }: DerEntry): Omit<Report, 'requestId' | 'tbc'> {
  const { controlId: id, isDefault, controlType } = control;
  const state = { id, isDefault, isSuperseded: superseded };
  if (control.enterService) return { enterService: [{ id, enterService: control.enterService }] };
  if (control.gradient) return { gradient: [{ id, gradient: control.gradient }] };
  if (control.fixedPFAbsorb) return { fixedPFAbsorb: [{ ...state, fixedPF: control.fixedPFAbsorb }] };
  if (control.fixedPFInject) return { fixedPFInject: [{ ...state, fixedPF: control.fixedPFInject }] };
  if (control.fixedVar) return { fixedVar: [{ ...state, fixedVar: control.fixedVar }] };
  if (control.freqDroop) return { freqDroop: [{ ...state, freqDroop: control.freqDroop }] };
  if (control.limitMaxDischarge) {
    return { limitMaxDischarge: [{ ...state, limitMaxDischarge: control.limitMaxDischarge }] };
  }
  return control.curve ? { curve: [{ ...state, curveType: controlType, curve: control.curve }] } : {};
}

function report(station: Station, requestId: number, found: readonly DerEntry[]): void {
  for (const [index, entry] of found.entries()) {
    const request: Report = { requestId, tbc: index < found.length - 1, ...partOf(entry) };
    station.session.call('ReportDERControl', request);
  }
}

/** 2.1 R04. */
export const getDerControl: Handler2x<'GetDERControl'> = ({ station, features }, request) => {
  const { requestId, isDefault, controlType, controlId } = request;
  const found = features.derControls.list({ isDefault, controlType, controlId });
  if (found.length === 0) return { status: 'NotFound' };
  station.afterAnswer(() => report(station, requestId, found));
  return { status: 'Accepted' };
};
