// Writes k8s/components/monitoring/prometheus-rule.yaml from deploy/prometheus/rules.yaml: `node deploy/prometheus-rule.mjs`.
// The suite compares the two.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse, stringify } from 'yaml';

const RULES = new URL('./prometheus/rules.yaml', import.meta.url);
const MADE = new URL('../k8s/components/monitoring/prometheus-rule.yaml', import.meta.url);
const COMMENT = '# Made from deploy/prometheus/rules.yaml by deploy/prometheus-rule.mjs.\n';

/** The alert rules as an object of the Prometheus operator. */
export function prometheusRule() {
  const { groups } = parse(readFileSync(RULES, 'utf8'));
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'stationmaster' },
    spec: { groups },
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  writeFileSync(
    fileURLToPath(MADE),
    COMMENT + stringify(prometheusRule(), { lineWidth: 110, singleQuote: true }),
  );
}
