import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { NatsConnectionImpl } from '@nats-io/transport-node';
import fc from 'fast-check';
import type { BusMessage } from '../bus.js';
import { connectNats } from '../mod.js';
import { startServer } from './nats.fixture.js';

/** A line of the protocol with what follows it, and what is to be delivered of it. */
interface Piece {
  readonly bytes: Buffer;
  readonly delivered?: BusMessage;
}

/** A link whose connection is given bytes by the test, as if its server had sent them. */
async function open(t: TestContext) {
  const { server } = await startServer(t);
  const link = await connectNats({ servers: [server.url], name: 'test' });
  t.after(() => link.close());
  const { connection } = link;
  assert.ok(connection instanceof NatsConnectionImpl);
  const { protocol } = connection;
  const heard: { by: 'reader' | 'client'; message: BusMessage }[] = [];
  const subscription = connection.subscribe('read.>', {
    callback: (_, { subject, data, reply = '' }) => {
      const message = { subject, data: Buffer.from(data) };
      heard.push({ by: 'client', message: reply === '' ? message : { ...message, reply } });
    },
  });
  link.reader.receive(subscription, (message) => {
    heard.push({ by: 'reader', message: { ...message, data: Buffer.from(message.data) } });
  });
  return {
    heard,
    subscription,
    id: subscription.getID(),
    give: (bytes: Uint8Array) => protocol.parser.parse(bytes),
    /** The pieces in which the client's own parser gets bytes from now on. */
    clientsPieces: () => {
      const { parser } = protocol;
      const pieces: string[] = [];
      const parse = parser.parse.bind(parser);
      parser.parse = (bytes) => {
        pieces.push(Buffer.from(bytes).toString('latin1'));
        parse(bytes);
      };
      link.reader.renew();
      return pieces;
    },
  };
}

function message(id: number, data: Buffer, reply?: string): Piece {
  const subjects = reply === undefined ? `read.a ${id}` : `read.a ${id} ${reply}`;
  const bytes = Buffer.concat([Buffer.from(`MSG ${subjects} ${data.length}\r\n`), data, Buffer.from('\r\n')]);
  return { bytes, delivered: { subject: 'read.a', data, ...(reply === undefined ? {} : { reply }) } };
}

function withHeaders(id: number, data: Buffer): Piece {
  const headers = Buffer.from('NATS/1.0\r\nA: MSG read.a 1 5\r\n\r\n');
  const line = `HMSG read.a ${id} ${headers.length} ${headers.length + data.length}\r\n`;
  return {
    bytes: Buffer.concat([Buffer.from(line), headers, data, Buffer.from('\r\n')]),
    delivered: { subject: 'read.a', data },
  };
}

/** Data that looks like the protocol, and data larger than what a socket gives at once. */
const datas = fc.oneof(
  fc.uint8Array({ maxLength: 40 }),
  fc.constantFrom('', '\r\n', 'MSG read.a 1 3\r\nabc\r\n', 'PING\r\n', '\n'.repeat(300)).map(Buffer.from),
  fc.uint8Array({ minLength: 70_000, maxLength: 71_000 }),
);

const pieces = (id: number) =>
  fc.oneof(
    datas.map((data) => message(id, Buffer.from(data))),
    datas.map((data) => message(id, Buffer.from(data), '_INBOX.x.1')),
    datas.map((data) => withHeaders(id, Buffer.from(data))),
    fc.constant<Piece>({ bytes: Buffer.from('+OK\r\n') }),
    // Of a subscription that has ended.
    datas.map((data): Piece => ({ bytes: message(id + 7, Buffer.from(data)).bytes })),
  );

test('whatever the pieces in which bytes come, every message is delivered once, whole and in order', async (t) => {
  const { heard, id, give } = await open(t);
  fc.assert(
    fc.property(
      fc.array(pieces(id), { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 20 }),
      (stream, sizes) => {
        heard.length = 0;
        const bytes = Buffer.concat(stream.map((piece) => piece.bytes));
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          // Large pieces too, or large messages would take for ever.
          const size = (sizes[turn % sizes.length] ?? 1) * (turn % 3 === 0 ? 100 : 1);
          give(bytes.subarray(at, at + size));
          at += size;
        }
        const delivered = stream.flatMap((piece) => piece.delivered ?? []);
        assert.deepEqual(
          heard.map((each) => each.message),
          delivered.map((each) => ({ ...each, data: Buffer.from(each.data) })),
        );
      },
    ),
    { seed: 20_261_121, numRuns: 150 },
  );
});

test('what is whole in one piece does not go through the client; what has headers, or has an end in sight, does', async (t) => {
  const { heard, subscription, id, give } = await open(t);
  const data = Buffer.from('x');
  give(Buffer.concat([message(id, data).bytes, withHeaders(id, data).bytes, message(id, data, 'r').bytes]));
  subscription.unsubscribe(4);
  give(Buffer.concat([message(id, data).bytes, message(id, data).bytes]));
  assert.deepEqual(
    heard.map((each) => each.by),
    ['reader', 'client', 'reader', 'client'],
  );
});

test('what is the client’s comes to it a message at a time, as far as it is in one piece', async (t) => {
  const { heard, id, give, clientsPieces } = await open(t);
  const data = Buffer.from('a\r\nb\n');
  const whole = [withHeaders(id, data).bytes, message(id + 7, data).bytes, Buffer.from('+OK\r\n')];
  const cut = withHeaders(id, data).bytes;
  const pieces = clientsPieces();
  give(Buffer.concat([...whole, message(id, data).bytes, cut.subarray(0, -1)]));
  give(cut.subarray(-1));
  assert.deepEqual(
    pieces.slice(0, 3),
    whole.map((bytes) => bytes.toString('latin1')),
  );
  assert.equal(pieces.slice(3).join(''), cut.toString('latin1'));
  assert.deepEqual(
    heard.map((each) => each.by),
    ['client', 'reader', 'client'],
  );
});

test('a subject with bytes that no bus publishes does not pass for the words behind it', async (t) => {
  const { heard, id, give } = await open(t);
  // Of another subscription: read as words, it would be one of this subscription with a reply.
  for (const byte of ['\x01', '\x7F'])
    give(Buffer.from(`MSG read.a${byte}${id} ${id + 7} 5\r\nhello\r\n`, 'latin1'));
  assert.deepEqual(heard, []);
  give(Buffer.from(`MSG read.a\x01b ${id} 5\r\nhello\r\n`));
  assert.deepEqual(heard, [
    { by: 'client', message: { subject: 'read.a\x01b', data: Buffer.from('hello') } },
  ]);
});

test('bytes that are no protocol are the client’s to complain of', async (t) => {
  const { give } = await open(t);
  assert.throws(() => give(Buffer.from('MSGX read.a 1 2\r\n')), /parse error/);
});
