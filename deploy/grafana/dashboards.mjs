// Writes dashboards/*.json: `node deploy/grafana/dashboards.mjs`. The suite compares what is there with what this makes, and
// holds every query against the metrics of processes that run. Each dashboard of the folder is named in its kustomization.yaml.
import { writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { business } from './business.mjs';
import { edges } from './edges.mjs';
import { overview } from './overview.mjs';
import { workers } from './workers.mjs';

const MADE = new URL('./dashboards/', import.meta.url);
const ALL = { overview, edges, workers, business };

/** Pairs of a file's name and its text. */
export async function dashboardFiles() {
  const style = { ...(await resolveConfig(fileURLToPath(MADE))), parser: 'json' };
  return await Promise.all(
    Object.entries(ALL).map(async ([name, made]) => [
      `${name}.json`,
      await format(JSON.stringify(made), style),
    ]),
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  for (const [file, text] of await dashboardFiles()) writeFileSync(fileURLToPath(new URL(file, MADE)), text);
}
