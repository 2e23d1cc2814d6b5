import type { Bus } from '../../libs/bus/mod.js';
import { systemClock } from '../../libs/clock/mod.js';
import { openBus, openRedis } from '../../libs/cluster/mod.js';
import { SHARDS } from '../../libs/link/mod.js';
import { ConfigError, StartError, startOrStop, type Closers, type Logger } from '../../libs/ops/mod.js';
import { StoreError, type StationRecord, type Store } from '../../libs/store/mod.js';
import { Edges } from './edges.js';
import type { ProvisionOptionValues } from './options.js';
import { everyRecord, provision } from './provision.js';
import { readStations } from './stations-file.js';

export interface RunOptions {
  readonly logger: Logger;
  /** Told a line of what was done, or asked for. */
  readonly print: (line: string) => void;
}

/** A tool is waited for by a person: the servers are there, or it says so soon. */
const WAIT_MS = 5000;
const USE = { name: 'provision', clock: systemClock(), waitMs: WAIT_MS };

/** Does what the options ask for. @throws ConfigError, StartError */
export async function runProvision(config: ProvisionOptionValues, options: RunOptions): Promise<void> {
  const { stationsFile, list, cutOff } = config;
  if (Number(stationsFile !== undefined) + Number(list) + Number(cutOff.length > 0) !== 1) {
    throw new ConfigError('say what to do, with one of --stations-file, --list and --cut-off; see --help');
  }
  await startOrStop(options.logger, async (closers) => {
    if (stationsFile !== undefined) await fill(config, stationsFile, options, closers);
    else if (list) await show(config, options, closers);
    else await cut(config, options, closers);
    await closers.close();
  });
}

async function fill(
  config: ProvisionOptionValues,
  file: string,
  options: RunOptions,
  closers: Closers,
): Promise<void> {
  const { print } = options;
  const entries = await readStations(file);
  // Before anything is changed: who may not stay has to be cut off.
  const edges = new Edges(await openedBus(config, options, closers));
  const { directory } = await openedStore(config, options, closers);
  let failure: StoreError | undefined;
  try {
    const result = await provision(directory, entries, ({ stationId, change, shutOut }) => {
      print(`${change} ${stationId}${shutOut ? ', its connections end' : ''}`);
      if (shutOut) edges.tell(stationId);
    });
    const { added, changed, removed, unchanged } = result;
    print(`${added} added, ${changed} changed, ${removed} removed, ${unchanged} as they were`);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    failure = error;
  }
  const rest = failure && `${failure.message}; what is printed above is done: run it again for the rest`;
  const problems = [rest, await edges.problem()].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new StartError(problems.join('\n'), { cause: failure });
}

async function show(config: ProvisionOptionValues, options: RunOptions, closers: Closers): Promise<void> {
  const { directory } = await openedStore(config, options, closers);
  for await (const record of everyRecord(directory)) options.print(describe(record));
}

async function cut(config: ProvisionOptionValues, options: RunOptions, closers: Closers): Promise<void> {
  const edges = new Edges(await openedBus(config, options, closers));
  for (const stationId of config.cutOff) edges.tell(stationId);
  const problem = await edges.problem();
  if (problem !== undefined) throw new StartError(problem);
  options.print(`the edges were told to end the connections of ${config.cutOff.join(', ')}`);
}

async function openedBus(
  config: ProvisionOptionValues,
  { logger }: RunOptions,
  closers: Closers,
): Promise<Bus> {
  const { bus } = await openBus(config, { ...USE, logger });
  closers.add(() => bus.close());
  return bus;
}

async function openedStore(
  config: ProvisionOptionValues,
  { logger }: RunOptions,
  closers: Closers,
): Promise<Store> {
  const store = await openRedis(config, { ...USE, shards: SHARDS, logger });
  closers.add(() => store.close());
  return store;
}

/** `CS-0003: 2 passwords, security profile 2 or higher, disabled` */
function describe(record: StationRecord): string {
  const { stationId, serialNumber, credentials, rotating, minimumSecurityProfile } = record;
  const { disabled, quirks = [] } = record;
  const facts = [
    credentials.length === 0
      ? 'no password'
      : `${credentials.length} password${credentials.length > 1 ? 's' : ''}`,
    ...(serialNumber === undefined ? [] : [`serial number ${serialNumber}`]),
    ...(rotating === true ? ['the first is new'] : []),
    ...(minimumSecurityProfile === undefined ? [] : [`security profile ${minimumSecurityProfile} or higher`]),
    ...(quirks.length === 0 ? [] : [`quirks ${quirks.join(', ')}`]),
    ...(disabled === true ? ['disabled'] : []),
  ];
  return `${stationId}: ${facts.join(', ')}`;
}
