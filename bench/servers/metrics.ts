/**
 * A counter or gauge of the process with these metrics, summed where several lines have the labels; 0 when there is none.
 * @param name without `stationmaster_`. @param labels as they stand in the text, such as `{outcome="accepted"}`.
 */
export async function readMetric(opsUrl: string, name: string, labels = ''): Promise<number> {
  const text = await (await fetch(`${opsUrl}/metrics`)).text();
  const beginning = `stationmaster_${name}${labels} `;
  const lines = text.split('\n').filter((line) => line.startsWith(beginning));
  return lines.reduce((sum, line) => sum + Number(line.slice(beginning.length)), 0);
}
