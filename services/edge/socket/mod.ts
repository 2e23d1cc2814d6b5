export type * from './socket.js';
export { listenSocket, type SocketChoice } from './listen.js';
export { ListenError } from './port.js';
export type { ProxyHeader, ProxyHeaders } from './proxy-headers.js';
export { OCPP_CIPHERS, TlsError } from './tls.js';
