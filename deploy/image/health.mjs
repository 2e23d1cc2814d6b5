// The health check of the image: status 0 while /healthz of the ops port answers. The port is that of
// STATIONMASTER_OPS_PORT: set it there, not by a flag, where it is another one.
const LONGEST_MS = 3000;
const port = process.env.STATIONMASTER_OPS_PORT ?? '9222';
const url = `http://127.0.0.1:${port}/healthz`;
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(LONGEST_MS) });
  if (!response.ok) throw new Error(`status ${response.status}`);
} catch (error) {
  process.stderr.write(`stationmaster: ${url}: ${error.cause?.message ?? error.message}\n`);
  process.exitCode = 1;
}
