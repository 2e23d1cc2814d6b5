// What a command costs where nothing is behind it: answers every SendCommand of gRPC, and every request on a subject of NATS,
// at once. Tells its CPU time when it is asked.
import { connect } from '@nats-io/transport-node';
import { createServer } from 'nice-grpc';
import { grpc } from '../../libs/api/mod.js';
import { ownCpu } from '../harness/cpu.js';
import type { EchoOrder } from './protocol.js';

const ACCEPTED = '{"status":"Accepted"}';
const RESULT = grpc.OutcomeStatus.OUTCOME_STATUS_RESULT;

const unimplemented = (): never => {
  throw new Error('this is an echo');
};

async function serve({ natsUrl, subject }: EchoOrder): Promise<number> {
  const nats = await connect({ servers: natsUrl });
  const answer = JSON.stringify({ status: 'result', payload: { status: 'Accepted' } });
  nats.subscribe(subject, { callback: (_, message) => void message.respond(answer) });
  await nats.flush();
  const server = createServer();
  server.add(grpc.CommandServiceDefinition, {
    sendCommand: async ({ commandId }: grpc.SendCommandRequest) => ({
      commandId,
      outcome: { status: RESULT, payload: ACCEPTED },
    }),
    enqueueCommand: unimplemented,
    getCommand: unimplemented,
    cancelCommand: unimplemented,
    listCommands: unimplemented,
    getJob: unimplemented,
    followJob: unimplemented,
  });
  return await server.listen('127.0.0.1:0');
}

process.on('message', (order: EchoOrder | { readonly ask: string }) => {
  if ('ask' in order) return void process.send?.({ cpu: ownCpu() });
  serve(order).then(
    (port) => process.send?.({ port }),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit());
