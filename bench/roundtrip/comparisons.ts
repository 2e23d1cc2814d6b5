import { AT_MOST, type Comparison, type Sample } from '../benchmark.js';
import { WITH_SERVERS, type Case } from './cases.js';
import { atRate, P99, RATES } from './measure.js';
import { DISTRIBUTED, ECHO, OCPP_RPC, STANDALONE, WS_ECHO } from './subjects.js';

/** In the order of the table. The echo against itself is always 1: shows its other figures. */
const ROWS = [STANDALONE, DISTRIBUTED, WITH_SERVERS, OCPP_RPC, WS_ECHO, ECHO];

const LATENCIES =
  'Latencies at a share of the greatest rate, which the closed loop had just reached: open loop, counted from when a CALL was due';
/** Where p99 has a target. */
const LIMITED = { subject: DISTRIBUTED, percent: 50 };

/** What is set against what, of that which was measured. */
export function comparisonsOf(cases: readonly Case[], samples: readonly Sample[]): Comparison[] {
  const measured = new Set(samples.map((sample) => `${sample.case}, ${sample.subject}`));
  return [...cases.flatMap(ofCpu), ...cases.flatMap(ofLatencies)].filter((comparison) =>
    measured.has(`${comparison.case}, ${comparison.subject}`),
  );
}

function ofCpu({ name, targets }: Case): Comparison[] {
  return ROWS.map((subject) => {
    const target = targets[subject];
    return { case: name, subject, reference: ECHO, ...(target === undefined ? {} : { target }) };
  });
}

function ofLatencies(each: Case): Comparison[] {
  return [STANDALONE, DISTRIBUTED].flatMap((subject) =>
    RATES.map((percent) => {
      const limited = subject === LIMITED.subject && percent === LIMITED.percent;
      const comparison = { case: atRate(each, percent), subject, reference: AT_MOST, figure: P99 };
      return { ...comparison, table: LATENCIES, ...(limited ? { target: 1 } : {}) };
    }),
  );
}
