// The floor: what a WebSocket server costs that gives back every frame without looking at it.
import uWS from 'uWebSockets.js';

uWS
  .App()
  .ws('/*', {
    maxPayloadLength: 512 * 1024,
    idleTimeout: 120,
    message: (socket, message, isBinary) => {
      socket.send(message, isBinary);
    },
  })
  .listen('127.0.0.1', 0, (listening) => {
    if (listening === false) throw new Error('cannot listen');
    process.send?.({ port: uWS.us_socket_local_port(listening) });
  });
