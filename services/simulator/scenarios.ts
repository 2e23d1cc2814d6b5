import type { VisitResult } from '../../libs/station/mod.js';
import type { Member } from './fleet.js';
import type { Scenario, SimulatorConfig } from './options.js';
import type { Statistics } from './statistics.js';

/** What a scenario can use. */
export interface Stage {
  readonly config: SimulatorConfig;
  readonly statistics: Statistics;
  /** Resolves when the simulation is to end (--duration, Ctrl-C). */
  readonly curtain: Promise<void>;
}

/** What one station does from the moment it was accepted until it leaves. */
type Play = (member: Member, stage: Stage) => Promise<void>;

/** One session. A driver who finds the station offline waits until it is back. */
async function chargeOnce({ station, idTag }: Member, config: SimulatorConfig): Promise<VisitResult> {
  for (;;) {
    await station.accepted();
    const result = await station.charge({
      idToken: idTag,
      durationMs: config.sessionLength,
      meterIntervalMs: config.meterInterval,
    });
    if (result.completed || result.why !== 'offline') return result;
  }
}

const charge: Play = async (member, { config, statistics }) => {
  const { station } = member;
  for (let session = 0; session < config.sessions; session++) {
    statistics.charging++;
    const result = await chargeOnce(member, config);
    statistics.charging--;
    if (result.completed) {
      statistics.sessions[station.version]++;
    } else if (result.why === 'powered_off') {
      return;
    } else {
      statistics.problems.add(`session ${result.why}`, `${station.stationId}: ${result.detail}`);
    }
  }
  await station.drained();
};

const stay: Play = (_member, { curtain }) => curtain;
const leave: Play = ({ station }) => station.drained();

const PLAYS: Readonly<Record<Scenario, Play>> = { charge, idle: stay, commands: stay, storm: leave };

export function play(member: Member, stage: Stage): Promise<void> {
  return PLAYS[stage.config.scenario](member, stage);
}
