import type { Row } from './report.js';

/** The rows as text tables, each with a title of its own but for the first. */
export function renderTables(rows: readonly Row[]): string {
  const titles = [...new Set(rows.map(({ table }) => table))];
  const tables = titles.map((title) => {
    const table = renderTable(rows.filter((row) => row.table === title));
    return title === undefined ? table : `${title}\n\n${table}`;
  });
  return tables.join('\n\n');
}

/** The rows as a text table. Ratios are those of CPU time, or of the figure that is named, medians of the rounds with their extremes. */
export function renderTable(rows: readonly Row[]): string {
  const extra = [...new Set(rows.flatMap(({ figures }) => Object.keys(figures)))];
  const head = ['case', 'subject', 'µs CPU', 'against', 'µs CPU', 'ratio', '(min–max)', 'target'];
  const table = [[...head, '≤ twice', 'verdict', ...extra], ...rows.map((row) => cells(row, extra))];
  const widths = head
    .concat('', '', ...extra)
    .map((_, at) => Math.max(...table.map((row) => row[at]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, at) => pad(cell, widths[at] ?? 0, at))
      .join('  ')
      .trimEnd(),
  );
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '));
  return lines.join('\n');
}

function cells(row: Row, extra: readonly string[]): string[] {
  return [
    row.case,
    row.subject,
    short(row.cpu),
    row.figure === undefined ? row.reference : `${row.reference}, ${row.figure}`,
    short(row.referenceCpu),
    row.ratio.median.toFixed(2),
    `(${row.ratio.min.toFixed(2)}–${row.ratio.max.toFixed(2)})`,
    row.target === undefined ? '' : row.target.toFixed(1),
    row.verdict === undefined ? '' : row.verdict === 'missed' ? 'no' : 'yes',
    row.verdict === undefined ? '' : row.verdict === 'met' ? 'met' : 'not met',
    ...extra.map((name) => short(row.figures[name])),
  ];
}

function short(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  if (value >= 1000) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const TEXT_COLUMNS = new Set([0, 1, 3, 8, 9]);

const pad = (cell: string, width: number, column: number): string =>
  TEXT_COLUMNS.has(column) ? cell.padEnd(width) : cell.padStart(width);
