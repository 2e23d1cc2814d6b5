import { VARIABLES, type VariableSpec } from './variable-table.js';

/** How OCPP 2.x names a variable. */
export interface VariableName {
  readonly component: { readonly name: string; readonly instance?: string; readonly evse?: EvseName };
  readonly variable: { readonly name: string; readonly instance?: string };
}

export interface EvseName {
  readonly id: number;
  readonly connectorId?: number;
}

/** One variable of this very station. */
export interface Variable {
  readonly spec: VariableSpec;
  /** Undefined for components of the whole station. */
  readonly evseId: number | undefined;
}

export type FindOutcome =
  | { readonly found: true; readonly variable: Variable }
  | { readonly found: false; readonly why: 'UnknownComponent' | 'UnknownVariable' };

/** The station's own variables, the first instance of each, by `component.variable`. */
const OWN = new Map<string, VariableSpec>();
for (const spec of VARIABLES) {
  const name = `${spec.component}.${spec.variable}`;
  if (!spec.perEvse && !OWN.has(name)) OWN.set(name, spec);
}

const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const keyOf = ({ spec, evseId }: Variable) =>
  `${spec.component}/${evseId ?? ''}/${spec.variable}/${spec.instance ?? ''}`;

/**
 * The device model of a 2.x station. Holds only what differs from the table; what follows from the station's state
 * (availability, identity, counts) is asked for through `derived`, which answers undefined for the rest.
 */
export class Variables {
  readonly #evses: number;
  readonly #derived: (variable: Variable) => string | undefined;
  readonly #changed = new Map<string, string>();

  constructor(evses: number, derived: (variable: Variable) => string | undefined) {
    this.#evses = evses;
    this.#derived = derived;
  }

  /** Names are case-insensitive (2.0.1 part 1, 4.1). */
  find(name: VariableName): FindOutcome {
    const { component, variable } = name;
    const evseId = component.evse?.id;
    const specs = VARIABLES.filter(
      (spec) =>
        same(spec.component, component.name) &&
        component.instance === undefined &&
        spec.perEvse === (evseId !== undefined) &&
        (evseId ?? 1) >= 1 &&
        (evseId ?? 1) <= this.#evses,
    );
    if (specs.length === 0) return { found: false, why: 'UnknownComponent' };
    const spec = specs.find(
      (candidate) =>
        same(candidate.variable, variable.name) &&
        same(candidate.instance ?? '', variable.instance ?? candidate.instance ?? ''),
    );
    return spec === undefined
      ? { found: false, why: 'UnknownVariable' }
      : { found: true, variable: { spec, evseId } };
  }

  value(variable: Variable): string {
    return this.#derived(variable) ?? this.#changed.get(keyOf(variable)) ?? variable.spec.value;
  }

  /** The value of a variable of the whole station. @throws Error when there is none: our own bug. */
  get(component: string, variable: string): string {
    return this.value(own(component, variable));
  }

  number(component: string, variable: string): number {
    return Number(this.get(component, variable));
  }

  flag(component: string, variable: string): boolean {
    return this.get(component, variable) === 'true';
  }

  /** Sets a value from within the station; mutability does not matter. @throws Error as `get`. */
  put(component: string, variable: string, value: string): void {
    this.#changed.set(keyOf(own(component, variable)), value);
  }

  /** SetVariables (B05): the value is taken only where it fits. */
  set(variable: Variable, value: string): 'Accepted' | 'Rejected' | 'RebootRequired' {
    if (variable.spec.mutability === 'ReadOnly' || !fits(variable.spec, value)) return 'Rejected';
    this.#changed.set(keyOf(variable), value);
    return variable.spec.reboot ? 'RebootRequired' : 'Accepted';
  }

  /** Every variable of the station, EVSE by EVSE where there is one per EVSE. */
  *all(): Iterable<Variable> {
    for (const spec of VARIABLES) {
      if (!spec.perEvse) {
        yield { spec, evseId: undefined };
        continue;
      }
      for (let evseId = 1; evseId <= this.#evses; evseId++) yield { spec, evseId };
    }
  }
}

function own(component: string, variable: string): Variable {
  const spec = OWN.get(`${component}.${variable}`);
  if (spec === undefined) throw new Error(`no variable ${component}.${variable}`);
  return { spec, evseId: undefined };
}

function fits(spec: VariableSpec, value: string): boolean {
  const among = (item: string) => spec.values?.split(',').includes(item) ?? true;
  switch (spec.dataType) {
    case 'integer':
      return /^\d{1,9}$/.test(value);
    case 'decimal':
      return /^-?\d{1,9}(\.\d{1,6})?$/.test(value);
    case 'boolean':
      return value === 'true' || value === 'false';
    case 'OptionList':
      return among(value);
    case 'MemberList':
    case 'SequenceList':
      return value === '' || value.split(',').every(among);
    case 'string':
      return true;
  }
}
