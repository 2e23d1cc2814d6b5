import type { Request } from '../../ocpp/mod.js';

export type DerControl = Request<'2.1', 'SetDERControl'>;
export type ControlType = DerControl['controlType'];

/** Which controls are meant; what is left out matches all. */
export interface DerFilter {
  readonly isDefault?: boolean | undefined;
  readonly controlType?: ControlType | undefined;
  readonly controlId?: string | undefined;
}

export interface DerEntry {
  readonly control: DerControl;
  /** Another control of the same kind with a better priority is in force. */
  superseded: boolean;
}

type Part =
  | 'curve'
  | 'enterService'
  | 'freqDroop'
  | 'fixedPFAbsorb'
  | 'fixedPFInject'
  | 'fixedVar'
  | 'gradient'
  | 'limitMaxDischarge';

/** The member of SetDERControl that holds the settings of a control, by its type; all others are curves. */
const PARTS: Partial<Record<ControlType, Part>> = {
  EnterService: 'enterService',
  FreqDroop: 'freqDroop',
  FixedPFAbsorb: 'fixedPFAbsorb',
  FixedPFInject: 'fixedPFInject',
  FixedVar: 'fixedVar',
  Gradients: 'gradient',
  LimitMaxDischarge: 'limitMaxDischarge',
};

/** The settings of a control; undefined: the message lacks the member that its type asks for. */
export function settingsOf(control: DerControl): { readonly priority: number } | undefined {
  return control[PARTS[control.controlType] ?? 'curve'];
}

/** The grid-support settings of a 2.1 station (R04). The lower the number, the better the priority. */
export class DerControls {
  readonly #entries = new Map<string, DerEntry>();

  static readonly CAPACITY = 24;

  /** Ids of the controls that this one puts out of force; undefined: there is no room for it. */
  set(control: DerControl): readonly string[] | undefined {
    if (!this.#entries.has(control.controlId) && this.#entries.size >= DerControls.CAPACITY) return undefined;
    const priority = settingsOf(control)?.priority ?? 0;
    const rivals = this.list({ isDefault: control.isDefault, controlType: control.controlType }).filter(
      (entry) => entry.control.controlId !== control.controlId && !entry.superseded,
    );
    const better = rivals.some((entry) => (settingsOf(entry.control)?.priority ?? 0) < priority);
    if (!better) for (const entry of rivals) entry.superseded = true;
    this.#entries.set(control.controlId, { control, superseded: better });
    return better ? [] : rivals.map((entry) => entry.control.controlId);
  }

  list(filter: DerFilter): DerEntry[] {
    return [...this.#entries.values()].filter(
      ({ control }) =>
        (filter.isDefault ?? control.isDefault) === control.isDefault &&
        (filter.controlType ?? control.controlType) === control.controlType &&
        (filter.controlId ?? control.controlId) === control.controlId,
    );
  }

  /** Number of controls that are gone. */
  clear(filter: DerFilter): number {
    const gone = this.list(filter);
    for (const { control } of gone) this.#entries.delete(control.controlId);
    return gone.length;
  }
}
