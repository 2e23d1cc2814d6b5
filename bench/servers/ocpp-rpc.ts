// What a Node user picks today: the package ocpp-rpc, its schema validation on, with handlers that know the answer.
import type { AddressInfo } from 'node:net';
import { RPCServer } from 'ocpp-rpc';

type Handler = (call: { readonly params?: { readonly idToken?: object } }) => object;

const now = () => new Date().toISOString();

const HANDLERS: Readonly<Record<string, Handler>> = {
  BootNotification: () => ({ status: 'Accepted', currentTime: now(), interval: 300 }),
  Heartbeat: () => ({ currentTime: now() }),
  StatusNotification: () => ({}),
  MeterValues: () => ({}),
  TransactionEvent: ({ params }) =>
    params?.idToken === undefined ? {} : { idTokenInfo: { status: 'Accepted' } },
};

const server = new RPCServer({ protocols: ['ocpp1.6', 'ocpp2.0.1', 'ocpp2.1'], strictMode: true });
server.on('client', (client: { handle(action: string, handler: Handler): void }) => {
  for (const [action, handler] of Object.entries(HANDLERS)) client.handle(action, handler);
});
const http = await server.listen(0, '127.0.0.1');
process.send?.({ port: (http.address() as AddressInfo).port });
