// A business service that reads all events.
import { createChannel, createClient } from 'nice-grpc';
import { grpc } from '../../libs/api/mod.js';
import type { FromReader, ToReader } from './protocol.js';

let client: grpc.EventServiceClient | undefined;

async function read({ port }: ToReader): Promise<FromReader> {
  client ??= createClient(grpc.EventServiceDefinition, createChannel(`127.0.0.1:${port}`));
  const startedAt = performance.now();
  let events = 0;
  const start = { $case: 'fromOldest', value: true } as const;
  for await (const { event } of client.streamEvents({ start, stopAtEnd: true })) {
    if (event !== undefined) events++;
  }
  return { kind: 'read', events, elapsedMs: performance.now() - startedAt };
}

process.on('message', (message: ToReader) => void read(message).then((result) => process.send?.(result)));
