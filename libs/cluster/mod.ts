export { DECISION_OPTIONS } from './decisions.js';
export { openEvents } from './events.js';
export { openBus, openNats } from './nats.js';
export {
  NATS_OPTIONS,
  REDIS_OPTIONS,
  WAIT_OPTIONS,
  type NatsSettings,
  type RedisSettings,
} from './options.js';
export { openRedis } from './redis.js';
export {
  EventServers,
  Servers,
  type EventServersUse,
  type OpenEventServers,
  type OpenServers,
  type ServersUse,
} from './servers.js';
