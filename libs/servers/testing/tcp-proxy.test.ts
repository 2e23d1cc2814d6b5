import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { LOOPBACK, TcpProxy } from '../mod.js';
import { until } from '../../clock/testing/until.js';

describe('a TCP proxy', () => {
  let server: Server;
  let proxy: TcpProxy;
  /** What the server got, by connection. */
  let got: string[];
  let clients: Socket[];
  let replies: string[];

  beforeEach(async () => {
    got = [];
    clients = [];
    replies = [];
    // Says everything back.
    server = createServer((socket) => {
      const at = got.push('') - 1;
      socket.on('data', (data) => {
        got[at] += data.toString();
        socket.write(data);
      });
      socket.on('error', () => undefined);
    });
    server.listen(0, LOOPBACK);
    await once(server, 'listening');
    proxy = await TcpProxy.start((server.address() as AddressInfo).port);
  });

  afterEach(async () => {
    for (const client of clients) client.destroy();
    await proxy.close();
    await new Promise((resolve) => server.close(resolve));
  });

  function open(): Socket {
    const client = connect(proxy.port, LOOPBACK);
    const at = clients.push(client) - 1;
    replies[at] = '';
    client.on('data', (data) => {
      replies[at] += data.toString();
    });
    client.on('error', () => undefined);
    return client;
  }

  test('passes on what both sides say, and the end', async () => {
    const client = open();
    client.write('a'.repeat(200_000));
    await until(() => replies[0]?.length === 200_000);
    const closed = once(client, 'close');
    client.end();
    await closed;
    await until(() => proxy.connections === 0);
  });

  test('stalled bytes of a client that is gone arrive later, after those of its next connection', async () => {
    const first = open();
    first.write('1');
    await until(() => replies[0] === '1');
    const release = proxy.stall({ newcomers: false });
    first.write('late');
    await until(() => proxy.held > 0);
    first.destroy();
    open().write('2');
    await until(() => replies[1] === '2');
    assert.deepEqual(got, ['1', '2']);
    release();
    await until(() => got[0] === '1late');
    await until(() => proxy.connections === 1);
  });

  test('one direction alone can be stalled; newcomers are stalled too unless told', async () => {
    open().write('1');
    await until(() => replies[0] === '1');
    proxy.stall({ direction: 'down' });
    clients[0]?.write('x');
    open().write('2');
    await until(() => got[0] === '1x' && got[1] === '2');
    await until(() => proxy.held === 2);
    assert.deepEqual(replies, ['1', '']);
    proxy.pass();
    await until(() => replies[0] === '1x' && replies[1] === '2');
  });

  test('delays both ways, and keeps the order', async () => {
    proxy.delay(30);
    const client = open();
    const began = performance.now();
    for (const text of ['a', 'b', 'c']) client.write(text);
    await until(() => replies[0] === 'abc');
    assert.ok(performance.now() - began >= 59);
  });

  test('cuts, and refuses until it may pass again', async () => {
    const client = open();
    client.write('1');
    await until(() => replies[0] === '1');
    const cut = once(client, 'close').catch(() => undefined);
    proxy.cut({ refuse: true });
    await cut;
    await once(open(), 'close').catch(() => undefined);
    assert.equal(proxy.connections, 0);
    proxy.pass();
    open().write('3');
    await until(() => replies[2] === '3');
  });
});
