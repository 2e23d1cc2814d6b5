import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeFrame, MAX_NESTING, type Decoded, type Frame } from './decode.js';
import {
  answerTo,
  encodeCall,
  encodeCallError,
  encodeCallRaw,
  encodeCallResult,
  encodeCallResultError,
  encodeCallResultRaw,
  encodeSend,
} from './encode.js';
import type { Fault } from './faults.js';
import { VERSIONS, type Version } from './versions.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const decode = (version: Version, text: string): Decoded => decodeFrame(version, bytesOf(text));

function frameOf(version: Version, text: string): Frame {
  const decoded = decode(version, text);
  assert.ok(decoded.ok, `${version} refuses ${text}: ${JSON.stringify(decoded)}`);
  return decoded.frame;
}

function faultOf(version: Version, text: string): Omit<Fault, 'detail'> {
  const decoded = decode(version, text);
  assert.ok(!decoded.ok, `${version} accepts ${text}`);
  const { detail, ...fault } = decoded.fault;
  assert.ok(detail.length > 0 && detail.length < 256);
  return fault;
}

/** With the raw bytes as text: where they lie does not matter. */
const plainly = (decoded: Decoded): unknown =>
  decoded.ok ? { ...decoded.frame, raw: textOf(decoded.frame.raw) } : decoded;

/** What a decoder would say that parses twice and knows no shortcuts. */
function slowPayload(text: string): unknown {
  return (JSON.parse(text) as unknown[]).at(-1);
}

const ids = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 36 })
  .filter((id) => !/\p{Surrogate}/u.test(id));
const names = fc.string({ unit: 'binary', maxLength: 60 }).filter((name) => !/\p{Surrogate}/u.test(name));
const payloads = fc.dictionary(fc.string({ maxLength: 12 }), fc.jsonValue({ maxDepth: 4 }), { maxKeys: 6 });
const blanks = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const versions = fc.constantFrom(...VERSIONS);

/** A JSON string literal in which any character may be written as an escape. */
const literals = (texts: fc.Arbitrary<string>) =>
  fc.tuple(texts, fc.array(fc.boolean(), { maxLength: 40 })).map(([text, escaped]) => {
    const parts = text.split('').map((unit, index) => {
      if (escaped[index] === true) return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
      return JSON.stringify(unit).slice(1, -1);
    });
    // Surrogates must stay together in UTF-8: whoever splits a pair writes both halves as escapes.
    return { text, json: /\\ud[89a-f]/i.test(parts.join('')) ? JSON.stringify(text) : `"${parts.join('')}"` };
  });

describe('decodeFrame and the encoders', () => {
  it('round-trip CALL and SEND', () => {
    fc.assert(
      fc.property(versions, ids, names, payloads, (version, id, action, value) => {
        const payload: unknown = JSON.parse(JSON.stringify(value));
        const frame = frameOf(version, encodeCall(id, action, value));
        assert.deepEqual(frame, { type: 2, id, action, payload, raw: bytesOf(JSON.stringify(value)) });
        assert.deepEqual(frameOf(version, encodeCallRaw(id, action, JSON.stringify(value))), frame);
        assert.deepEqual(frameOf('2.1', encodeSend(id, action, value)), { ...frame, type: 6 });
      }),
      { seed: 11, numRuns: 1500 },
    );
  });

  it('round-trip CALLRESULT', () => {
    fc.assert(
      fc.property(versions, ids, payloads, (version, id, value) => {
        const payload: unknown = JSON.parse(JSON.stringify(value));
        const frame = frameOf(version, encodeCallResult(id, value));
        assert.deepEqual(frame, { type: 3, id, payload, raw: bytesOf(JSON.stringify(value)) });
        assert.deepEqual(frameOf(version, encodeCallResultRaw(id, JSON.stringify(value))), frame);
      }),
      { seed: 12, numRuns: 1000 },
    );
  });

  it('round-trip CALLERROR and CALLRESULTERROR', () => {
    fc.assert(
      fc.property(versions, ids, names, names, payloads, (version, id, code, description, value) => {
        const details: unknown = JSON.parse(JSON.stringify(value));
        const frame = frameOf(version, encodeCallError(id, code, description, value));
        const raw = bytesOf(JSON.stringify(value));
        assert.deepEqual(frame, { type: 4, id, code, description, details, raw });
        const second = frameOf('2.1', encodeCallResultError(id, code, description, value));
        assert.deepEqual(second, { ...frame, type: 5 });
      }),
      { seed: 13, numRuns: 1000 },
    );
  });

  it('find the payload behind any blanks and escapes, as a slow decoder does', () => {
    const spaced = fc.tuple(blanks, blanks, blanks, blanks, blanks, blanks, blanks, blanks);
    fc.assert(
      fc.property(literals(ids), literals(names), payloads, spaced, (id, action, value, s) => {
        const json = JSON.stringify(value, null, s[0].length);
        const text = `${s[0]}[${s[1]}2${s[2]},${s[3]}${id.json}${s[4]},${s[5]}${action.json},${s[6]}${json}${s[7]}]${s[0]}`;
        const frame = frameOf('1.6', text);
        assert.ok(frame.type === 2);
        assert.deepEqual([frame.id, frame.action], [id.text, action.text]);
        assert.deepEqual(frame.payload, slowPayload(text));
        assert.equal(textOf(frame.raw), json);
      }),
      { seed: 14, numRuns: 3000 },
    );
  });

  it('reads a frame without blanks as one with them, valid or broken', () => {
    const plain = fc.string({ unit: 'grapheme-ascii', maxLength: 40 });
    const ends = fc.constantFrom('}]', '}', ']', '} ]', '}]]', '},{}]', ' }]', '"}]', '}]\u0000');
    const frames = fc
      .tuple(fc.oneof(plain, fc.uuid()), fc.oneof(plain, fc.constant('Heartbeat')), payloads, ends)
      .chain(([id, action, payload, end]) => {
        const head = fc.constantFrom(JSON.stringify([2, id, action]), `[2,"${id}","${action}"]`);
        const body = fc.constantFrom('{}', JSON.stringify(payload));
        return fc.tuple(head, body).map(([h, b]) => `${h.slice(0, -1)},${b.slice(0, -1)}${end}`);
      });
    const mutation = fc.option(fc.tuple(fc.nat(), fc.nat(255)));
    fc.assert(
      fc.property(versions, frames, mutation, (version, text, mutated) => {
        const bytes = bytesOf(text);
        if (mutated !== null) bytes[mutated[0] % bytes.length] = mutated[1];
        const spaced = Uint8Array.of(0x20, ...bytes);
        assert.deepEqual(plainly(decodeFrame(version, bytes)), plainly(decodeFrame(version, spaced)));
      }),
      { numRuns: 2000 },
    );
  });

  it('is not misled by ids that look like the end of an id', () => {
    for (const id of ['a",', '",', '\\",', '\\"x\\",', '","b', '"', '\\', '\\\\', 'é",', '𝄞","']) {
      const frame = frameOf('2.0.1', encodeCall(id, id, { id }));
      assert.deepEqual(frame, {
        type: 2,
        id,
        action: id,
        payload: { id },
        raw: bytesOf(JSON.stringify({ id })),
      });
    }
  });

  it('read frames that are views into larger buffers', () => {
    const text = encodeCall('1', 'Heartbeat', { a: 1 });
    const bytes = bytesOf(`xx${text}yy`).subarray(2, -2);
    const decoded = decodeFrame('1.6', bytes);
    assert.ok(decoded.ok);
    assert.equal(textOf(decoded.frame.raw), '{"a":1}');
    assert.equal(decoded.frame.raw.buffer, bytes.buffer);
  });

  it('cut descriptions to 255 characters without splitting one', () => {
    const frame = frameOf('1.6', encodeCallError('1', 'GenericError', '𝄞'.repeat(300)));
    assert.ok(frame.type === 4);
    assert.equal(frame.description, '𝄞'.repeat(255));
  });

  it('leave out members that are undefined', () => {
    assert.equal(encodeCallResult('1', { a: undefined, b: 1 }), '[3,"1",{"b":1}]');
    assert.equal(encodeCallResult('1', { a: undefined }), '[3,"1",{}]');
  });

  it('write answers and raw CALLs as JSON.stringify does, whatever the id', () => {
    const ids = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary-ascii' }), fc.uuid());
    fc.assert(
      fc.property(ids, fc.dictionary(fc.string(), fc.jsonValue()), (id, payload) => {
        assert.equal(encodeCallResult(id, payload), JSON.stringify([3, id, payload]));
        assert.equal(encodeCallRaw(id, id, JSON.stringify(payload)), JSON.stringify([2, id, id, payload]));
      }),
      { seed: 16, numRuns: 2000 },
    );
    assert.equal(encodeCallResult('\ud800"\\\u0000', {}), JSON.stringify([3, '\ud800"\\\u0000', {}]));
  });
});

describe('decodeFrame', () => {
  it('never throws, whatever the bytes, and neither does answering', () => {
    fc.assert(
      fc.property(versions, fc.uint8Array({ maxLength: 200 }), (version, bytes) => {
        const decoded = decodeFrame(version, bytes);
        if (!decoded.ok) assertAnswer(version, decoded.fault);
      }),
      { seed: 15, numRuns: 5000 },
    );
  });

  it('never throws on mutated frames, and what it accepts a slow decoder accepts alike', () => {
    const frames = fc.constantFrom(
      encodeCall('3f2c8a1e', 'MeterValues', { connectorId: 1, meterValue: [{ value: 'ü' }] }),
      encodeCallResult('3f2c8a1e', { status: 'Accepted' }),
      encodeCallError('3f2c8a1e', 'GenericError', 'why', { a: [] }),
      encodeSend('3f2c8a1e', 'NotifyPeriodicEventStream', { data: [] }),
    );
    const edit = fc.tuple(
      fc.nat({ max: 120 }),
      fc.nat({ max: 2 }),
      fc.constantFrom(...bytesOf('[]{}",:\\ 0129-enula\n\0ÿ')),
    );
    fc.assert(
      fc.property(
        versions,
        frames,
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        (version, text, edits) => {
          const bytes = edits.reduce(
            (all, [at, removed, byte]) => {
              const place = at % all.length;
              return [...all.slice(0, place), byte, ...all.slice(place + removed)];
            },
            [...bytesOf(text)],
          );
          assertSane(version, Uint8Array.from(bytes));
        },
      ),
      { seed: 16, numRuns: 10_000 },
    );
  });

  it('reports every truncation of a frame as not JSON, with the id once it is complete', () => {
    const text = encodeCall('abc', 'Heartbeat', {});
    for (let length = 0; length < text.length; length++) {
      const id = length > text.indexOf('abc') + 4 ? 'abc' : undefined;
      const messageType = length > 2 ? 2 : undefined;
      assert.deepEqual(faultOf('1.6', text.slice(0, length)), { kind: 'not_json', id, messageType });
    }
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = bytesOf('[2,"ab","Heartbeat",{"a":"x"}]');
    bytes[26] = 0xff;
    const decoded = decodeFrame('1.6', bytes);
    assert.ok(!decoded.ok);
    assert.deepEqual([decoded.fault.kind, decoded.fault.id], ['not_json', 'ab']);
  });

  it('refuses nesting past its limit, in balance or not, but counts no brackets in strings', () => {
    const nested = (depth: number) => `[2,"1","Heartbeat",{"a":${'['.repeat(depth)}${']'.repeat(depth)}}]`;
    assert.equal(frameOf('2.1', nested(MAX_NESTING - 2)).type, 2);
    assert.deepEqual(faultOf('2.1', nested(MAX_NESTING - 1)), { kind: 'not_json', id: '1', messageType: 2 });
    for (const unit of ['[', '{"a":', '[{"":[']) {
      const text = `[2,"1","Heartbeat",${unit.repeat(512 * 1024)}`.slice(0, 512 * 1024);
      assert.equal(faultOf('2.1', text).kind, 'not_json');
    }
    const harmless = JSON.stringify({ a: '['.repeat(5000), b: '\\"{'.repeat(5000) });
    assert.equal(textOf(frameOf('2.1', encodeCallRaw('1', 'X', harmless)).raw), harmless);
  });

  it('takes a null payload for {} in 1.6 (1.6J 4.2), not later', () => {
    for (const text of ['[2,"1","Heartbeat",null]', '[3,"1",null]']) {
      const frame = frameOf('1.6', text);
      assert.ok(frame.type === 2 || frame.type === 3);
      assert.deepEqual([frame.payload, textOf(frame.raw)], [{}, '{}']);
      assert.equal(faultOf('2.0.1', text).kind, 'bad_structure');
    }
  });

  it('takes a CALLERROR without description or details', () => {
    for (const rest of ['', ',""', ',"",{}', ',null,null', ',"",[]', ',"","text"']) {
      const frame = frameOf('1.6', `[4,"1","GenericError"${rest}]`);
      assert.deepEqual(frame, {
        type: 4,
        id: '1',
        code: 'GenericError',
        description: '',
        details: {},
        raw: bytesOf('{}'),
      });
    }
  });

  it('keeps __proto__ a member like any other', () => {
    const frame = frameOf('1.6', '[2,"1","Heartbeat",{"__proto__":{"polluted":true}}]');
    assert.ok(frame.type === 2);
    assert.equal(Reflect.get(frame.payload as object, 'polluted'), undefined);
    assert.equal(Reflect.get({}, 'polluted'), undefined);
  });

  it('takes ids of 36 characters, of any script, and no longer ones', () => {
    for (const id of ['x'.repeat(36), '€'.repeat(36), '𝄞'.repeat(36)]) {
      assert.equal(frameOf('2.0.1', encodeCall(id, 'Heartbeat', {})).id, id);
      const longer = encodeCall(`${id}x`, 'Heartbeat', {});
      assert.deepEqual(faultOf('2.0.1', longer), { kind: 'bad_id', id: undefined, messageType: 2 });
    }
  });

  it('takes no id that UTF-8 cannot hold', () => {
    for (const id of ['\ud800', 'a\udc00', '\udc00\ud800']) {
      const message = encodeCall(id, 'Heartbeat', {});
      assert.deepEqual(faultOf('2.0.1', message), { kind: 'bad_id', id: undefined, messageType: 2 });
    }
  });
});

function assertSane(version: Version, bytes: Uint8Array): void {
  const decoded = decodeFrame(version, bytes);
  if (!decoded.ok) {
    assertAnswer(version, decoded.fault);
    return;
  }
  const { frame } = decoded;
  const content = 'details' in frame ? frame.details : frame.payload;
  assert.deepEqual(JSON.parse(textOf(frame.raw)), content);
  if (textOf(frame.raw) !== '{}') assert.deepEqual(content, slowPayload(textOf(bytes)));
}

function assertAnswer(version: Version, fault: Fault): void {
  const text = answerTo(version, fault);
  if (text === undefined) return;
  const [type, id, code, description, details] = JSON.parse(text) as unknown[];
  assert.equal(type, fault.messageType === 3 ? 5 : 4);
  assert.ok(typeof id === 'string' && (id === fault.id || (id === '-1' && version !== '1.6')));
  assert.ok(typeof code === 'string' && typeof description === 'string' && description.length <= 255);
  assert.deepEqual(details, {});
}
