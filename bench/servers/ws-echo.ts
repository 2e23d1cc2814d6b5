// What Node's usual WebSocket library costs when it gives back every frame without looking at it.
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({
  host: '127.0.0.1',
  port: 0,
  maxPayload: 512 * 1024,
  perMessageDeflate: false,
});
server.on('connection', (socket) => {
  socket.on('message', (data: Buffer, binary) => socket.send(data, { binary }));
});
server.on('listening', () => {
  process.send?.({ port: (server.address() as AddressInfo).port });
});
