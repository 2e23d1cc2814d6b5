import { after, before } from 'node:test';
import { RedisCluster } from '../../servers/mod.js';
import { storeContract } from '../contract.js';
import { opener, temporaryFolder } from './redis.fixture.js';

let cluster: RedisCluster;
let remove: () => Promise<void>;

before(async () => {
  const temporary = await temporaryFolder();
  remove = temporary.remove;
  cluster = await RedisCluster.start({ folder: temporary.folder });
});

after(async () => {
  await cluster.kill9();
  await remove();
});

storeContract(
  'redis cluster',
  opener(
    () => cluster.url,
    () => cluster.nodes.map(({ port }) => port),
  ),
  { durable: true },
);
