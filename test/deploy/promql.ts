/** Expressions of the dashboards, with what Grafana puts in for its variables. */
export function withoutVariables(expression: string): string {
  return expression
    .replaceAll('$__rate_interval', '5m')
    .replaceAll('$__range', '3h')
    .replaceAll('$instance', '.*')
    .replaceAll('$job', '.*')
    .replaceAll('$datasource', 'prometheus');
}

/** The metrics that an expression reads; `up` is Prometheus' own. */
export function metricsIn(expression: string): readonly string[] {
  const names =
    expression.replaceAll(/"[^"]*"/g, '""').match(/\b(?:stationmaster|process|nodejs)_\w+/g) ?? [];
  return [...new Set(names)];
}

/** The metrics that an exposition in the text format tells of, with the series of histograms. */
export function metricsOf(exposition: string): ReadonlySet<string> {
  const types = [...exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)];
  return new Set(
    types.flatMap(([, name = '', type]) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
    ),
  );
}
