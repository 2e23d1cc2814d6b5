import { createLogger, onShutdown, runMain } from '../../libs/ops/mod.js';
import { banner } from './banner.js';
import { Cluster } from './cluster.js';
import { OPTIONS } from './options.js';

const SHUTDOWN_DEADLINE_MS = 60_000;

await runMain(OPTIONS, async (config) => {
  const logger = createLogger({ level: config.logLevel, name: 'cluster' });
  const cluster = await Cluster.prepare(config, {
    logger,
    // Log lines are JSON that names the process; the rest is for people.
    onLine: (name, line, stream) => {
      if (stream === 'stdout') process.stdout.write(`${line}\n`);
      else process.stderr.write(`${name}: ${line}\n`);
    },
  });
  onShutdown(logger, () => cluster.stop(), { deadlineMs: SHUTDOWN_DEADLINE_MS });
  // The terminal is closed: the members are in groups of their own and would stay.
  process.on('SIGHUP', () => process.kill(process.pid, 'SIGTERM'));
  await cluster.start();
  const { natsUrl, redisUrl, ports } = cluster;
  const processes = Object.fromEntries(cluster.parts.map(({ name, process: { pid } }) => [name, pid]));
  logger.info(
    { ocppPorts: ports.ocpp, grpcPort: ports.grpc, natsUrl, redisUrl, processes },
    'cluster_started',
  );
  process.stderr.write(banner(config, cluster));
});
