import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

const ROOTS = ['libs', 'services'];
/** Imports and exports that are there when the code runs; types are not. */
const IMPORT = /^(?:import|export)(?!\s+type\b)[^;]*?from '(\.[^']+)\.js';/gms;

/** Each file with those that it imports. */
async function importsOf(roots: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
  const files = await Promise.all(
    roots.map(async (root) =>
      (await readdir(root, { recursive: true })).map((file) => path.join(root, file.replace(/\.ts$/, ''))),
    ),
  );
  const graph = new Map<string, readonly string[]>();
  for (const file of files.flat()) {
    const text = await readFile(`${file}.ts`, 'utf8').catch(() => undefined);
    if (text === undefined || file.includes('/generated/')) continue;
    graph.set(
      file,
      [...text.matchAll(IMPORT)].map(([, imported = '']) => path.join(path.dirname(file), imported)),
    );
  }
  return graph;
}

/** The first way round that is found, or none. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): readonly string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    way.push(file);
    for (const imported of graph.get(file) ?? []) {
      const circle = visit(imported);
      if (circle !== undefined) return circle;
    }
    way.pop();
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = visit(file);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

test('no file imports itself in a circle: what a module finds does not depend on who was loaded first', async () => {
  const graph = await importsOf(ROOTS);
  assert.ok(graph.size > 500);
  assert.ok(graph.get('libs/ops/mod')?.includes('libs/ops/metrics'));
  assert.deepEqual(circleIn(graph), undefined);
  const closed = new Map([...graph, ['libs/clock/system', ['libs/clock/mod']]]);
  assert.ok(circleIn(closed)?.includes('libs/clock/system'), 'one would be found');
});
