import type { Counter, Metrics } from '../../../libs/ops/mod.js';

/**
 * What became of a question: `answered`; `rejected`: the answer could not be used; `expired`: none came in time; `passed_on`:
 * its caller went away, or none had room, and others got it, if there are any; `unreadable`: no caller could be asked.
 * `late` counts answers to questions that did not wait any more.
 */
export type DecisionOutcome = 'answered' | 'rejected' | 'expired' | 'passed_on' | 'unreadable' | 'late';

export interface DecisionMetrics {
  /** By action and outcome. */
  readonly questions: Counter;
}

/** Registers the metrics; `read` is called at each scrape. */
export function decisionMetrics(
  metrics: Metrics,
  read: () => { readonly callers: number; readonly open: number; readonly subscriptions: number },
): DecisionMetrics {
  const gauge = (name: string, help: string, value: () => number) =>
    metrics.gauge({ name: `stationmaster_api_${name}`, help }, value);
  gauge('deciders', 'Streams of business services that decide', () => read().callers);
  gauge('questions_open', 'Questions that wait for the answer of a business service', () => read().open);
  gauge('decision_subscriptions', 'Subjects of questions that are subscribed to', () => read().subscriptions);
  return {
    questions: metrics.counter({
      name: 'stationmaster_api_decisions_total',
      help: 'Questions to business services over gRPC, by action and outcome',
      labels: ['action', 'outcome'],
    }),
  };
}
