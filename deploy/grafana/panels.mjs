// The parts that dashboards are made of. Panels stand three in a line, figures six; nobody counts places by hand.
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const WIDTH = 24;
const LINE_HEIGHT = 8;
const FIGURE_HEIGHT = 5;
const FIGURES_IN_LINE = 6;
const PANELS_IN_LINE = 3;

/** A chart over time. `queries`: pairs of legend and expression. `limit`: a dashed line where it begins to hurt. */
export const chart = (title, unit, description, queries, { stacked = false, limit, max } = {}) => ({
  kind: 'chart',
  title,
  description,
  queries,
  body: {
    type: 'timeseries',
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        ...(max !== undefined && { max }),
        color: { mode: 'palette-classic' },
        custom: {
          lineWidth: 1,
          fillOpacity: stacked ? 25 : 10,
          showPoints: 'never',
          spanNulls: false,
          ...(stacked && { stacking: { mode: 'normal', group: 'A' } }),
          ...(limit !== undefined && { thresholdsStyle: { mode: 'dashed' } }),
        },
        ...(limit !== undefined && { thresholds: thresholds('transparent', [[limit, 'red']]) }),
      },
      overrides: [],
    },
    options: {
      legend: {
        displayMode: 'table',
        placement: 'bottom',
        calcs: ['lastNotNull', 'max'],
        showLegend: true,
        sortBy: 'Last *',
        sortDesc: true,
      },
      tooltip: { mode: 'multi', sort: 'desc' },
    },
  },
});

/** One figure. `steps`: pairs of value and colour, from the value on; below the first one it is `base`. */
export const figure = (title, unit, description, expression, steps, base = 'green') => ({
  kind: 'figure',
  title,
  description,
  queries: [['', expression]],
  body: {
    type: 'stat',
    fieldConfig: {
      defaults: {
        unit,
        min: 0,
        color: { mode: 'thresholds' },
        thresholds: thresholds(base, steps),
      },
      overrides: [],
    },
    options: {
      colorMode: 'background',
      graphMode: 'area',
      justifyMode: 'auto',
      orientation: 'auto',
      reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
      textMode: 'auto',
    },
  },
});

/** How a time is spread, of the histogram's buckets. */
export const heatmap = (title, description, expression) => ({
  kind: 'chart',
  title,
  description,
  queries: [['{{le}}', expression]],
  body: {
    type: 'heatmap',
    fieldConfig: { defaults: { unit: 's' }, overrides: [] },
    options: {
      calculate: false,
      color: { mode: 'scheme', scheme: 'Oranges', steps: 64, exponent: 0.5 },
      yAxis: { unit: 's' },
      tooltip: { show: true, yHistogram: true },
      legend: { show: true },
      cellGap: 1,
    },
  },
  format: 'heatmap',
});

function thresholds(base, steps) {
  return {
    mode: 'absolute',
    steps: [{ color: base, value: null }, ...steps.map(([value, color]) => ({ color, value }))],
  };
}

/** Of a histogram, over `by`, a list of labels; `of`: its selector. */
export const quantile = (q, histogram, by, of = '') => {
  const labels = by === undefined ? 'le' : `le, ${by}`;
  return `histogram_quantile(${q}, sum by (${labels}) (rate(${histogram}_bucket${of}[$__rate_interval])))`;
};

/** Of a counter, a second. */
export const rate = (counter, by) =>
  `sum${by === undefined ? '' : ` by (${by})`} (rate(${counter}[$__rate_interval]))`;

/** Every metric of the expression, of the chosen installation (and process) only. */
function selected(expression, matchers) {
  return expression.replaceAll(
    /\b((?:stationmaster|process|nodejs)_\w+|up)\b(?!")(?:\{([^}]*)\})?/g,
    (_, name, own) => `${name}{${[...(own === undefined ? [] : [own]), ...matchers].join(', ')}}`,
  );
}

const variable = (name, label, query) => ({
  name,
  label,
  type: 'query',
  datasource: DATASOURCE,
  query: { query, refId: name },
  definition: query,
  includeAll: true,
  multi: true,
  allValue: '.*',
  current: { text: 'All', value: '$__all' },
  refresh: 2,
  sort: 1,
  hide: 0,
});

/**
 * A dashboard. `component`: of one kind of process, which can be chosen. `rows`: pairs of title and panels.
 */
export function dashboard({ uid, title, description, component, rows }) {
  const kinds = component ?? 'edge|worker|api';
  const matchers = ['job=~"$job"', ...(component === undefined ? [] : ['instance=~"$instance"'])];
  const ours = `process_start_time_seconds{component=~"${kinds}"`;
  return {
    uid,
    title,
    description,
    tags: ['stationmaster'],
    schemaVersion: 39,
    version: 1,
    editable: true,
    graphTooltip: 1,
    timezone: 'browser',
    time: { from: 'now-3h', to: 'now' },
    refresh: '30s',
    links: [
      {
        type: 'dashboards',
        title: 'Stationmaster',
        tags: ['stationmaster'],
        asDropdown: false,
        includeVars: false,
        keepTime: true,
        targetBlank: false,
        icon: 'external link',
        tooltip: '',
        url: '',
      },
    ],
    annotations: { list: [] },
    templating: {
      list: [
        {
          name: 'datasource',
          label: 'Data source',
          type: 'datasource',
          query: 'prometheus',
          current: {},
          hide: 0,
          refresh: 1,
          regex: '',
        },
        variable('job', 'Job', `label_values(${ours}}, job)`),
        ...(component === undefined
          ? []
          : [variable('instance', 'Process', `label_values(${ours}, job=~"$job"}, instance)`)]),
      ],
    },
    panels: placed(rows, (expression) => selected(expression, matchers)),
  };
}

function placed(rows, completed) {
  const panels = [];
  let y = 0;
  const add = (panel) => panels.push({ id: panels.length + 1, ...panel });
  for (const [title, contents] of rows) {
    add({ type: 'row', title, collapsed: false, gridPos: { h: 1, w: WIDTH, x: 0, y }, panels: [] });
    y += 1;
    const isFigures = contents.every(({ kind }) => kind === 'figure');
    const [inLine, h] = isFigures ? [FIGURES_IN_LINE, FIGURE_HEIGHT] : [PANELS_IN_LINE, LINE_HEIGHT];
    const w = WIDTH / inLine;
    for (const [at, { title, description, queries, body, format }] of contents.entries()) {
      const gridPos = { h, w, x: (at % inLine) * w, y: y + Math.floor(at / inLine) * h };
      const targets = queries.map(([legendFormat, expression], number) => ({
        datasource: DATASOURCE,
        expr: completed(expression),
        legendFormat,
        refId: String.fromCharCode('A'.charCodeAt(0) + number),
        ...(format !== undefined && { format }),
      }));
      add({ title, description, datasource: DATASOURCE, gridPos, ...body, targets });
    }
    y += Math.ceil(contents.length / inLine) * h;
  }
  return panels;
}
