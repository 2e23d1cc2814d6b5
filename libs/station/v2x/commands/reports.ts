import { formatTimestamp, type Request } from '../../../ocpp/mod.js';
import type { Variables } from '../../model/variables.js';
import { type Variable, type VariableName } from '../../model/variables.js';
import { partsOf } from '../../payload.js';
import type { Dialect2x } from '../dialect.js';
import type { Handler2x } from './handler.js';

type ReportData = NonNullable<Request<'2.1', 'NotifyReport'>['reportData']>[number];

/** Entries of one NotifyReport (DeviceDataCtrlr.ItemsPerMessage). */
const ENTRIES_PER_PART = 50;

/** The component and variable by which 2.x names `variable`. */
function nameOf({ spec, evseId }: Variable): VariableName {
  return {
    component: {
      name: spec.component,
      ...(evseId === undefined
        ? {}
        : { evse: { id: evseId, ...(spec.component === 'Connector' ? { connectorId: 1 } : {}) } }),
    },
    variable: { name: spec.variable, ...(spec.instance === undefined ? {} : { instance: spec.instance }) },
  };
}

function entryOf(variables: Variables, variable: Variable): ReportData {
  const { spec } = variable;
  return {
    ...nameOf(variable),
    variableAttribute: [
      {
        type: 'Actual',
        mutability: spec.mutability,
        ...(spec.mutability === 'WriteOnly' ? {} : { value: variables.value(variable) }),
      },
    ],
    variableCharacteristics: {
      dataType: spec.dataType,
      supportsMonitoring: true,
      ...(spec.unit === undefined ? {} : { unit: spec.unit }),
      ...(spec.values === undefined ? {} : { valuesList: spec.values }),
    },
  };
}

/** Sends the parts of a report: seqNo from 0, tbc until the last (B07.FR.08 and following). */
function report(dialect: Dialect2x, requestId: number, found: readonly Variable[]): void {
  const { station, variables } = dialect;
  const parts = partsOf(found, ENTRIES_PER_PART);
  for (const [seqNo, part] of parts.entries()) {
    const request: Request<'2.1', 'NotifyReport'> = {
      requestId,
      generatedAt: formatTimestamp(station.clock.now()),
      seqNo,
      tbc: seqNo < parts.length - 1,
      reportData: part.map((variable) => entryOf(variables, variable)),
    };
    station.session.call('NotifyReport', request, { triggered: true });
  }
}

const SUMMARY: readonly string[] = ['AvailabilityState', 'Available', 'Problem'];

/** 2.0.1 B07. */
export const getBaseReport: Handler2x<'GetBaseReport'> = (dialect, { requestId, reportBase }) => {
  const all = [...dialect.variables.all()];
  const found = all.filter(({ spec }) => {
    if (reportBase === 'FullInventory') return true;
    if (reportBase === 'ConfigurationInventory') return spec.mutability !== 'ReadOnly';
    return SUMMARY.includes(spec.variable);
  });
  dialect.station.afterAnswer(() => report(dialect, requestId, found));
  return { status: 'Accepted' };
};

/** An asked-for component without a variable means all its variables; without an EVSE, that of every EVSE. */
function isMeant(variable: Variable, request: Request<'2.1', 'GetReport'>): boolean {
  const { spec, evseId } = variable;
  const { componentVariable, componentCriteria } = request;
  const named =
    componentVariable?.some(
      (wanted) =>
        wanted.component.name.toLowerCase() === spec.component.toLowerCase() &&
        (wanted.component.evse?.id ?? evseId) === evseId &&
        (wanted.variable?.name ?? spec.variable).toLowerCase() === spec.variable.toLowerCase() &&
        (wanted.variable?.instance ?? spec.instance) === spec.instance,
    ) ?? true;
  // No component of this station has a problem: asked for those alone, nothing is left.
  return named && (componentCriteria?.some((criterion) => criterion !== 'Problem') ?? true);
}

/** 2.0.1 B08. */
export const getReport: Handler2x<'GetReport'> = (dialect, request) => {
  const found = [...dialect.variables.all()].filter((variable) => isMeant(variable, request));
  if (found.length === 0) return { status: 'EmptyResultSet' };
  dialect.station.afterAnswer(() => report(dialect, request.requestId, found));
  return { status: 'Accepted' };
};
