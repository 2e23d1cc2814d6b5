// The program of the image: `main.mjs <service> [its flags…]`. The service runs in this very process, so signals reach it.
import { existsSync, readdirSync } from 'node:fs';

const [service = '', ...flags] = process.argv.slice(2);
const services = readdirSync(new URL('./services/', import.meta.url)).filter((name) => hasMain(name));

function hasMain(name) {
  return /^[a-z]+$/.test(name) && existsSync(new URL(`./services/${name}/main.js`, import.meta.url));
}

if (!services.includes(service)) {
  process.stderr.write(`stationmaster: the first argument is the service: ${services.join(', ')}\n`);
  process.exit(2);
}
const main = new URL(`./services/${service}/main.js`, import.meta.url);
process.argv = [process.argv[0], main.pathname, ...flags];
process.env.STATIONMASTER_COMMAND ??= 'stationmaster';
process.setSourceMapsEnabled(true);
await import(main.href);
