// A small business service: it lets known tokens charge, starts a charge, and prints the energy of each session.
// Its arguments: address of the gateway, station that is to charge.
import { connect, type MeterValue, type Question } from 'stationmaster/client';

const [address = '127.0.0.1:9221', stationId = 'SIM21-0001'] = process.argv.slice(2);
const TOKEN = '04A2B1C3';
const KNOWN = new Set([TOKEN, '04D4E5F6']);

const REGISTER = 'Energy.Active.Import.Register';

/** Readings of the energy meter in Wh. */
function readings(values: readonly MeterValue[] = []): number[] {
  return values
    .flatMap(({ sampledValue }) => sampledValue)
    .filter(({ measurand = REGISTER, phase }) => measurand === REGISTER && phase === undefined)
    .flatMap(({ value, unitOfMeasure: { unit, multiplier = 0 } = {} }) => {
      return value === undefined ? [] : [value * 10 ** multiplier * (unit === 'kWh' ? 1000 : 1)];
    });
}

const gateway = connect({ address, token: process.env['STATIONMASTER_TOKEN'] });
process.once('SIGINT', () => gateway.close()).once('SIGTERM', () => gateway.close());

// 1. Decide who may charge.
function mayCharge({ stationId, idToken }: Question) {
  const status = KNOWN.has(idToken?.idToken ?? '') ? 'Accepted' : 'Invalid';
  console.log(`${stationId}: token ${idToken?.idToken} is ${status}`);
  return { idTokenInfo: { status } } as const;
}
await gateway.decide({ Authorize: mayCharge, StartTransaction: mayCharge, TransactionEvent: mayCharge });

// 2. Start a charge.
async function startCharge(): Promise<void> {
  const request = { idToken: { idToken: TOKEN, type: 'ISO14443' }, evseId: 1, remoteStartId: 1 };
  const { status } = await gateway.send(stationId, 'RequestStartTransaction', request);
  console.log(`${stationId}: RequestStartTransaction is ${status}`);
}
let charge: Promise<void> | undefined;

// 3. Add up the energy. To go on after a restart, keep the last cursor and hand it on as `after`.
const sessions = new Map<string, number[]>();
for await (const { event } of gateway.events({
  types: ['transaction.started', 'transaction.updated', 'transaction.ended'],
  onCursor: () => void (charge ??= startCharge().catch((error: Error) => console.log(error.message))),
})) {
  const { transactionId, meterValue } = event.data;
  const session = `${event.source.replace('/stations/', '')}: session ${transactionId}`;
  const energy = [...(sessions.get(session) ?? []), ...readings(meterValue)];
  sessions.set(session, energy);
  if (event.type !== 'transaction.ended') continue;
  sessions.delete(session);
  console.log(`${session} took ${((energy.at(-1) ?? 0) - (energy.at(0) ?? 0)) / 1000} kWh`);
}
