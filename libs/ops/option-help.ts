import { argumentOf, rows, type AnyOption, type Options } from './options.js';

const WIDTH = 100;
const INDENT = '      ';

/** The text of `--help`: the options by topic, each with its variable, its default and what it accepts. */
export function renderHelp<T extends object>(options: Options<T>): string {
  const alone = argumentOf(options);
  const argument = alone === undefined ? '' : ` <${alone.type.name}>`;
  const lines = [`Usage: ${options.program}${argument} [--flag value …]`, '', ...wrapped(options.about, '')];
  lines.push(...variablesLine(rows(options)));
  for (const [topic, members] of byTopic(rows(options))) {
    lines.push('', `${topic}:`, ...members.flatMap(helpOf));
  }
  lines.push('', 'Help:', '  --help, -h', `${INDENT}Prints this text.`, '');
  return lines.join('\n');
}

/** The same as Markdown tables, one for each topic under a heading of level `level`. */
export function renderMarkdown<T extends object>(options: Options<T>, level = 3): string {
  const sections = [...byTopic(rows(options))].map(([topic, members]) => {
    const head = '| flag | variable | default | meaning |\n| --- | --- | --- | --- |';
    return `${'#'.repeat(level)} ${topic}\n\n${head}\n${members.map(markdownRow).join('\n')}\n`;
  });
  return sections.join('\n');
}

/** What is to be said of environment variables; nothing for a program without any. */
function variablesLine(table: readonly AnyOption[]): string[] {
  const withVariable = table.filter(({ env }) => env !== undefined).length;
  if (withVariable === 0) return [];
  return withVariable === table.length
    ? ['', 'Each flag has an environment variable of the same meaning; the flag wins.']
    : ['', 'Some flags have an environment variable of the same meaning, named below; the flag wins.'];
}

function byTopic(table: readonly AnyOption[]): Map<string, AnyOption[]> {
  const topics = new Map<string, AnyOption[]>();
  for (const row of table) topics.set(row.topic, [...(topics.get(row.topic) ?? []), row]);
  return topics;
}

function usage(row: AnyOption): string {
  return row.type.isSwitch ? `--[no-]${row.flag}` : `--${row.flag} <${row.type.name}>`;
}

function defaultOf(row: AnyOption): string {
  return row.default === undefined ? '' : row.type.format(row.default);
}

function helpOf(row: AnyOption): string[] {
  const fallback = defaultOf(row);
  const facts = [row.env, fallback === '' ? undefined : `default ${fallback}`].filter(
    (fact) => fact !== undefined,
  );
  return [
    `  ${usage(row)}`,
    ...wrapped(row.help, INDENT),
    ...(facts.length > 0 ? [`${INDENT}[${facts.join(', ')}]`] : []),
  ];
}

function markdownRow(row: AnyOption): string {
  const code = (text: string) => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``);
  const text = row.help.replaceAll('|', '\\|').replaceAll('<', '&lt;');
  const cells = [code(usage(row)), code(row.env ?? ''), code(defaultOf(row)), text];
  return `| ${cells.join(' | ')} |`;
}

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length + 1 > WIDTH && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
