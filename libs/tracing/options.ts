import { optionTable, types, type OptionType, type TableValues } from '../ops/mod.js';

const topic = 'Operation';

/** A name and a password would stand in logs and in the list of processes. */
const collectorUrl: OptionType<string> = {
  ...types.url(['http:', 'https:']),
  expected:
    'a URL that begins with http:// or https://, without a user or password (those go into --traces-headers-file)',
  parse: (text) => {
    const url = types.url(['http:', 'https:']).parse(text);
    return url === undefined || new URL(url).username !== '' || new URL(url).password !== ''
      ? undefined
      : url;
  },
  isSecret: true,
};

/** Whether, how often and to whom a process tells its traces. */
export const TRACE_OPTIONS = optionTable({
  tracesUrl: {
    env: 'STATIONMASTER_TRACES_URL',
    flag: 'traces-url',
    type: types.optional(collectorUrl),
    default: undefined,
    help: 'Where traces go, over OTLP/HTTP: an OpenTelemetry collector, such as http://collector:4318/v1/traces. Left out: nothing is traced.',
    topic,
  },
  tracesRatio: {
    env: 'STATIONMASTER_TRACES_RATIO',
    flag: 'traces-ratio',
    type: types.number({ min: 0, max: 1 }),
    default: 0.01,
    help: 'Share of what begins at this process that is traced, from 0 to 1. What belongs to a trace of somebody else, who has sent a traceparent, is traced if that one is.',
    topic,
  },
  tracesHeadersFile: {
    env: 'STATIONMASTER_TRACES_HEADERS_FILE',
    flag: 'traces-headers-file',
    type: types.optional(types.path),
    default: undefined,
    help: 'YAML or JSON file of HTTP headers for the collector, such as "headers: {Authorization: Bearer …}". Read again when it changes.',
    topic,
  },
});

export type TraceSettings = TableValues<typeof TRACE_OPTIONS>;
