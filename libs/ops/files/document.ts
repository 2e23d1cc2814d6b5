import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { isNode, LineCounter, parseDocument, type Document as YamlDocument } from 'yaml';
import { ConfigError } from '../config-error.js';

/** Where a value stands in a file: `['stations', 3, 'password']`. */
export type Path = readonly (string | number)[];

/** A YAML or JSON file of the operator. */
export interface Document {
  /** The file's name without its folder, for messages. */
  readonly name: string;
  readonly value: unknown;
  /** Line, counted from 1, on which the value at `at` stands, or the nearest one around it. */
  line(at: Path): number;
}

const MAX_BYTES = 64 * 1024 * 1024;

/**
 * Reads a file of at most 64 MiB; one that ends in `.json` as JSON, any other as YAML 1.2.
 * @throws ConfigError naming the file, what is wrong with it and on which line.
 */
export async function readDocument(file: string): Promise<Document> {
  return parseText(path.basename(file), await textOf(file));
}

async function textOf(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > MAX_BYTES) throw new ConfigError(`${file}: is larger than 64 MiB`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError(
      `${file}: cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** @throws ConfigError as `readDocument` does. */
export function parseText(name: string, text: string): Document {
  return name.endsWith('.json') ? parseJson(name, text) : parseYaml(name, text);
}

/** JSON is read by Node, which is fast; where its parts stand is found out only when a message needs it. */
function parseJson(name: string, text: string): Document {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The YAML parser reads JSON too, and says where it went wrong; what only JSON forbids is left to say.
    parseYaml(name, text);
    throw new ConfigError(`${name}: is not valid JSON (name it .yaml if it is YAML)`);
  }
  let located: Document | undefined;
  return { name, value, line: (at) => (located ??= parseYaml(name, text)).line(at) };
}

function parseYaml(name: string, text: string): Document {
  const lines = new LineCounter();
  // Pretty errors would quote the lines around a mistake, which may hold passwords.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [mistake] = document.errors;
  if (mistake !== undefined) {
    throw new ConfigError(`${name}:${lines.linePos(mistake.pos[0]).line}: ${firstLine(mistake.message)}`);
  }
  try {
    return { name, value: document.toJS() as unknown, line: (at) => lineOf(document, lines, at) };
  } catch (error) {
    throw new ConfigError(`${name}: ${error instanceof Error ? firstLine(error.message) : 'cannot be read'}`);
  }
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text;
}

function lineOf(document: YamlDocument.Parsed, lines: LineCounter, at: Path): number {
  for (let length = at.length; length > 0; length--) {
    const node = document.getIn(at.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
