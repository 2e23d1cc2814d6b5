import type { Request } from '../../ocpp/mod.js';

export type Tariff = Request<'2.1', 'SetDefaultTariff'>['tariff'];

/** A tariff for whoever charges at an EVSE (0: any EVSE). */
export interface DefaultTariff {
  readonly evseId: number;
  readonly tariff: Tariff;
}

/** The tariffs that a 2.1 station shows and calculates with (I07 to I12). */
export class Tariffs {
  #defaults: readonly DefaultTariff[] = [];
  /** Those of running transactions, by transaction id. */
  readonly #ofTransactions = new Map<string, Tariff>();

  static readonly MAX_ELEMENTS = 100;

  /** Replaces the default tariff of the EVSE. */
  setDefault(evseId: number, tariff: Tariff): 'Accepted' | 'DuplicateTariffId' {
    const others = this.#defaults.filter((entry) => entry.evseId !== evseId);
    if (others.some((entry) => entry.tariff.tariffId === tariff.tariffId)) return 'DuplicateTariffId';
    this.#defaults = [...others, { evseId, tariff }];
    return 'Accepted';
  }

  /** The defaults of an EVSE, those for all EVSEs included; 0: all. */
  defaultsOf(evseId: number): readonly DefaultTariff[] {
    if (evseId === 0) return this.#defaults;
    return this.#defaults.filter((entry) => entry.evseId === evseId || entry.evseId === 0);
  }

  /** Removes defaults by id and EVSE; what is left out matches all. Returns the ids that are gone. */
  clear(tariffIds: readonly string[] | undefined, evseId: number | undefined): readonly string[] {
    const gone = this.#defaults.filter(
      (entry) =>
        (tariffIds?.includes(entry.tariff.tariffId) ?? true) && (evseId ?? entry.evseId) === entry.evseId,
    );
    this.#defaults = this.#defaults.filter((entry) => !gone.includes(entry));
    return gone.map((entry) => entry.tariff.tariffId);
  }

  setForTransaction(transactionId: string, tariff: Tariff): 'Accepted' | 'NoCurrencyChange' {
    const before = this.#ofTransactions.get(transactionId);
    if (before !== undefined && before.currency !== tariff.currency) return 'NoCurrencyChange';
    this.#ofTransactions.set(transactionId, tariff);
    return 'Accepted';
  }

  /** The transaction is over. */
  forget(transactionId: string): void {
    this.#ofTransactions.delete(transactionId);
  }
}

/** Price elements of a tariff; a station takes so many and no more. */
export function elementsOf(tariff: Tariff): number {
  const { energy, chargingTime, idleTime, fixedFee, reservationTime, reservationFixed } = tariff;
  return [energy, chargingTime, idleTime, fixedFee, reservationTime, reservationFixed].reduce(
    (sum, part) => sum + (part?.prices.length ?? 0),
    0,
  );
}
