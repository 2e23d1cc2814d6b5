import { shardOf, SHARDS, stationToken } from '../../../libs/link/mod.js';
import { sessionOf, vocabularyOf, type Message } from '../../client/vocabulary.js';
import { inLanes, type Attack } from '../siege.js';

/** Below the burst that the gateway reads of one station at once. */
const MESSAGES = 180;
const VERSIONS = ['1.6', '2.0.1', '2.1'] as const;

/**
 * Stations that meter and stop the transactions of the good ones, whose ids can be guessed: answered as any message of
 * an unknown transaction is (1.6J errata 3.18), and without meaning for those that it tries to hit.
 */
export const foreignTransactions: Attack = {
  name: 'foreign transactions',
  share: 0,
  run: (siege) =>
    inLanes(siege.scaled(60, 6), 2, async (n, lane) => {
      const version = VERSIONS[n % VERSIONS.length] ?? '1.6';
      const session = await siege.open(n, lane, [version]);
      if (session === undefined) return;
      const calls = Array.from({ length: MESSAGES }, (_, at) => {
        const [action, payload] = version === '1.6' ? byNumber(n, at) : byName(version, n, at);
        return session.call(action, payload);
      });
      await session.write(Buffer.concat(calls));
      await session.finish();
    }),
};

/** 1.6: a shard's numbers follow each other. */
function byNumber(n: number, at: number): Message {
  const shard = shardOf(stationToken(`GOOD-${(at % 20) + 1}`));
  const id = (Math.floor(at / 20) + n * 3 + 1) * SHARDS + shard;
  const words = vocabularyOf('1.6');
  return at % 2 === 0 ? words.stop(sessionOf(), id, 5) : words.meter(sessionOf(), id, 5);
}

function byName(version: '2.0.1' | '2.1', n: number, at: number): Message {
  const transactionId = `GOOD-${(at % 20) + 1}-${Math.floor(at / 20) + n + 1}`;
  const words = vocabularyOf(version);
  const session = sessionOf({ transactionId });
  return at % 2 === 0 ? words.stop(session, transactionId, 5) : words.meter(session, transactionId, 5);
}
