import { otherTargets, roundTrips, type Bar, type Panel } from './panels.js';
import type { Result } from './results.js';
import { element, escape, text } from './svg.js';

const WIDTH = 820;
const LEFT = 210;
const RIGHT = 220;
const PLOT = WIDTH - LEFT - RIGHT;
const BAR = 12;
const STEP = 18;
const TICKS = 6;

const LEGEND =
  'Medians. Red: the target, dotted with NATS and Redis, whose part of a bar is light and of a figure is told by “in all”.';

const STYLE = `
svg{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328}
.title{font-size:15px;font-weight:600}.group{font-weight:600}.small{font-size:11px;fill:#59636e}
.grid{stroke:#d1d9e0;stroke-width:1}.line{stroke:#59636e;stroke-width:1.5}.target{stroke:#cf222e;stroke-width:2.5}.dotted{stroke-dasharray:3 2}.middle{text-anchor:middle}
.ours{fill:#0969da}.second{fill:#54aeff}.servers{fill:#afb8c1}.other{fill:#8c959f}
@media(prefers-color-scheme:dark){svg{fill:#e6edf3}.small{fill:#9198a1}.grid{stroke:#30363d}.line{stroke:#9198a1}
.target{stroke:#ff7b72}.ours{fill:#4493f8}.second{fill:#1f6feb}.servers{fill:#57606a}.other{fill:#6e7681}}
`.trim();

/**
 * The results as an SVG picture of 820 pixels of width, for light and dark pages, that needs nothing beside it. The same results
 * give the same bytes.
 */
export function drawChart(results: readonly Result[]): string {
  const roundtrip = results.find(({ benchmark }) => benchmark === 'roundtrip');
  const panels = [roundtrip && roundTrips(roundtrip), otherTargets(results)].filter(
    (panel) => panel !== undefined && panel.groups.length > 0,
  ) as Panel[];
  const parts: string[] = [];
  let y = 8;
  for (const panel of panels) {
    const drawn = drawPanel(panel, y);
    parts.push(drawn.markup);
    y = drawn.bottom + 26;
  }
  const origin = originOf(results);
  parts.push(text(8, y, LEGEND, 'small'), text(8, y + 16, origin, 'small'));
  y += 16;
  const title = 'What Stationmaster costs, against its targets';
  const described = [...panels.map(describe), origin].join(' ');
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${WIDTH} ${y + 12}`,
      width: WIDTH,
      height: y + 12,
      role: 'img',
      'aria-labelledby': 'title desc',
    },
    [
      element('title', { id: 'title' }, title),
      element('desc', { id: 'desc' }, escape(described)),
      element('style', {}, STYLE),
      ...parts,
    ].join('\n'),
  )}\n`;
}

function drawPanel(panel: Panel, top: number): { markup: string; bottom: number } {
  const bars = panel.groups.flatMap((group) => group.bars);
  const values = bars.flatMap(({ value, target = 0, beyond }) => [
    value,
    target,
    beyond?.value ?? 0,
    beyond?.target ?? 0,
  ]);
  const step = stepOf(Math.min(panel.longest, Math.max(panel.lineAt, ...values)));
  const end = Math.ceil(Math.min(panel.longest, Math.max(panel.lineAt, ...values)) / step) * step;
  const x = (value: number): number => LEFT + (Math.min(value, end) / end) * PLOT;
  const rows: string[] = [];
  let y = top + 44;
  for (const group of panel.groups) {
    rows.push(text(8, y + 10, group.title, 'group'));
    y += STEP;
    for (const bar of group.bars) {
      rows.push(drawBar(bar, panel.unit, x, y));
      y += STEP;
    }
    y += 6;
  }
  const grid: string[] = [];
  for (let at = 0; at <= end + step / 2; at += step) {
    grid.push(vertical('grid', x(at), top + 36, y));
    grid.push(text(x(at), top + 32, String(Math.round(at * 100) / 100), 'small middle'));
  }
  const markup = [
    text(8, top + 12, panel.title, 'title'),
    ...grid,
    vertical('line', x(panel.lineAt), top + 36, y),
    ...rows,
  ].join('\n');
  return { markup, bottom: y };
}

function drawBar(
  { label, className, value, target, beyond, note }: Bar,
  unit: string,
  x: (value: number) => number,
  y: number,
): string {
  const box = (from: number, to: number, name: string): string =>
    element('rect', { x: x(from), y, width: Math.max(0, x(to) - x(from)), height: BAR, class: name });
  const mark = (at: number | undefined, name: string): string[] =>
    at === undefined ? [] : [vertical(name, x(at), y - 2, y + BAR + 2)];
  const long = Math.max(value, beyond?.value ?? 0, target ?? 0, beyond?.target ?? 0);
  const figure = [
    `${short(value)}${unit}`,
    note,
    ...(beyond ? [`${short(beyond.value)}${unit} in all`] : []),
  ];
  return [
    text(20, y + 10, label),
    ...(beyond === undefined ? [] : [box(value, beyond.value, 'servers')]),
    box(0, value, className),
    ...mark(target, 'target'),
    ...mark(beyond?.target, 'target dotted'),
    text(Math.max(x(long) + 8, LEFT + 8), y + 10, figure.join(' · '), 'small'),
  ].join('');
}

const vertical = (className: string, x: number, from: number, to: number): string =>
  element('line', { class: className, x1: x, y1: from, x2: x, y2: to });

/** 0.25, 0.5, 1, 2 or 5: so that there are not too many lines. */
function stepOf(end: number): number {
  return [0.25, 0.5, 1, 2].find((step) => end / step <= TICKS) ?? 5;
}

const short = (value: number): string => (value < 10 ? value.toFixed(2) : value.toFixed(1));

/** The same in words. */
function describe({ title, unit, groups }: Panel): string {
  const bars = groups.map((group) => {
    const each = group.bars.map(({ label, value, target, beyond }) =>
      [
        `${label} ${short(value)}${unit}`,
        ...(target === undefined || target === 1 ? [] : [`target ${target}`]),
        ...(beyond === undefined ? [] : [`with NATS and Redis ${short(beyond.value)}${unit}`]),
      ].join(', '),
    );
    return `${group.title}: ${each.join('; ')}.`;
  });
  return `${title}. ${bars.join(' ')}`;
}

/** Where and when: of the newest result. */
function originOf(results: readonly Result[]): string {
  const newest = [...results].sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1))[0];
  if (newest === undefined) return 'Nothing has been measured.';
  const { machine, startedAt } = newest;
  return [
    `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, ${startedAt.slice(0, 10)}.`,
    'Made by npm run bench from bench/results.',
  ].join(' ');
}
