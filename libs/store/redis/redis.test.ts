import { after, before } from 'node:test';
import type { RedisServer } from '../../servers/mod.js';
import { storeContract } from '../contract.js';
import { opener, startRedis } from './redis.fixture.js';

let server: RedisServer;
let stop: () => Promise<void>;

before(async () => {
  ({ server, stop } = await startRedis());
});

after(() => stop());

storeContract(
  'redis',
  opener(
    () => server.url,
    () => [server.port],
  ),
  { durable: true },
);
