import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { connect, type Gateway, type grpc } from '../../libs/api/client/mod.js';
import { decodeTapped, type Tapped } from '../../libs/link/mod.js';
import { RawClient } from '../client/raw-client.js';
import { StrictClient } from '../client/strict-client.js';
import { until } from '../client/until.js';
import { Rig, TOPOLOGIES } from './rig.js';

const SECRET = 'hunter2-hunter2-16';
const BOOT_16 = { chargePointVendor: 'V', chargePointModel: 'M' };
const BOOT_2 = { reason: 'PowerUp', chargingStation: { vendorName: 'V', model: 'M' } };

type Message = grpc.TapStationResponse;
type Case = NonNullable<Message['what']>['$case'];
type ValueOf<C extends Case> = Extract<NonNullable<Message['what']>, { $case: C }>['value'];

/** A tap that keeps what it hears. */
class Tap {
  readonly messages: Message[] = [];
  breaks = 0;
  readonly #ended = new AbortController();
  readonly #reading: Promise<void>;

  constructor(gateway: Gateway, stationId: string) {
    const options = { signal: this.#ended.signal, onBreak: () => void this.breaks++ };
    this.#reading = (async () => {
      for await (const message of gateway.tap(stationId, options)) this.messages.push(message);
    })();
  }

  all<C extends Case>($case: C): ValueOf<C>[] {
    return this.messages.flatMap(({ what }) => (what?.$case === $case ? [what.value as ValueOf<C>] : []));
  }

  get frames(): grpc.TapFrame[] {
    return this.all('frame');
  }

  /** `→2 BootNotification` */
  get briefs(): string[] {
    return this.frames.map(
      ({ direction, messageType, action }) =>
        `${direction.endsWith('FROM_STATION') ? '→' : '←'}${messageType} ${action}`,
    );
  }

  async listening(times = 1): Promise<void> {
    await until('the tap listens', () => this.all('listening').length >= times);
  }

  async end(): Promise<void> {
    this.#ended.abort();
    await this.#reading;
  }
}

for (const [name, start] of Object.entries(TOPOLOGIES)) {
  describe(`${name}: taps`, () => {
    let rig: Rig;
    let gateway: Gateway;
    const taps: Tap[] = [];
    before(async () => {
      const stations = [
        { id: 'locked', password: SECRET },
        { id: 'tapped', noPassword: true },
        { id: 'other', noPassword: true },
        { id: 'mover', noPassword: true },
        { id: 'late', noPassword: true },
      ];
      rig = await Rig.start(start, { stations });
      gateway = connect({ address: rig.topology.grpcAddress });
    });
    after(async () => {
      gateway.close();
      await rig.close();
    });

    const tap = async (stationId: string): Promise<Tap> => {
      const one = new Tap(gateway, stationId);
      taps.push(one);
      await one.listening();
      return one;
    };
    const station = async (stationId: string, version: '1.6' | '2.0.1' | '2.1' = '1.6', password?: string) =>
      await StrictClient.connect({
        url: rig.topology.ocppUrl,
        stationId,
        version,
        ...(password !== undefined && { password }),
      });
    /** The gateway sends a command in the station's own terms. */
    const command = async (stationId: string, action: string, payload: object, terms = '1.6') => {
      const { outcome } = await rig.services.commands.sendCommand({
        command: { stationId, action, payload: JSON.stringify(payload), terms },
      });
      return outcome?.status;
    };

    test('of a station that nobody taps nothing is told to anybody', async (t) => {
      const told: Tapped[] = [];
      const watch = rig.topology.bus.subscribe('csms.tapped.*.*', ({ data }) =>
        told.push(decodeTapped(data)),
      );
      t.after(() => watch.unsubscribe());
      await rig.topology.bus.flush();
      const client = await station('late');
      await client.call('BootNotification', BOOT_16);
      await client.call('Heartbeat', {});
      // What it had told would have come before this.
      const other = await tap('other');
      await until('the bus has brought it', () => told.length > 0);
      await client.call('Heartbeat', {});
      await other.end();
      assert.deepEqual([...new Set(told.map(({ told: { kind } }) => kind))], ['alive']);
      client.cut();
    });

    test('the frames of one station are shown in both directions with their times, of another none', async () => {
      const client = await station('tapped');
      const other = await station('other');
      const one = await tap('tapped');
      assert.deepEqual(
        one.all('listening').map(({ connections, inDirectory }) => [connections, inDirectory]),
        [[1, true]],
      );
      await until('it is connected', () => one.all('connected').length === 1);
      const [connected] = one.all('connected');
      assert.deepEqual(
        [connected?.version, connected?.securityProfile, connected?.remoteAddress],
        ['1.6', 0, '127.0.0.1'],
      );
      await other.call('BootNotification', BOOT_16);
      await client.call('BootNotification', BOOT_16);
      client.handle('ClearCache', () => ({ status: 'Accepted' }));
      await command('tapped', 'ClearCache', {});
      await until('the frames', () => one.frames.length === 4);
      assert.deepEqual(one.briefs, [
        '→2 BootNotification',
        '←3 BootNotification',
        '←2 ClearCache',
        '→3 ClearCache',
      ]);
      for (const { messageType, answeredAfterMs } of one.frames) {
        assert.equal(answeredAfterMs !== undefined && answeredAfterMs > 0, messageType === 3);
      }
      assert.equal(one.frames[3]?.payload, '{"status":"Accepted"}');
      client.cut();
      other.cut();
      await until('it is disconnected', () => one.all('disconnected').length === 1);
      await one.end();
    });

    test('no secret is shown: of ChangeConfiguration, SetVariables, an id token, a handshake, and of what cannot be read', async () => {
      const one = await tap('locked');
      for (const password of ['a-wrong-password', undefined]) {
        await assert.rejects(station('locked', '1.6', password));
      }
      await until('both are refused', () => one.all('refused').length === 2);
      assert.deepEqual(
        one.all('refused').map(({ outcome, status, protocols }) => [outcome, status, protocols]),
        [
          ['unauthorized', 401, 'ocpp1.6'],
          ['unauthorized', 401, 'ocpp1.6'],
        ],
      );
      const first = await station('locked', '1.6', SECRET);
      await first.call('BootNotification', BOOT_16);
      first.handle('ChangeConfiguration', () => ({ status: 'Accepted' }));
      await command('locked', 'ChangeConfiguration', { key: 'AuthorizationKey', value: SECRET });
      await first.call('Authorize', { idTag: SECRET });
      first.cut();
      const second = await station('locked', '2.0.1', SECRET);
      await second.call('BootNotification', BOOT_2);
      const variable = { component: { name: 'SecurityCtrlr' }, variable: { name: 'BasicAuthPassword' } };
      second.handle('SetVariables', () => ({
        setVariableResult: [{ attributeStatus: 'Accepted', ...variable }],
      }));
      await command(
        'locked',
        'SetVariables',
        { setVariableData: [{ ...variable, attributeValue: SECRET }] },
        '2.0.1',
      );
      second.cut();
      const raw = await RawClient.connect({
        url: rig.topology.ocppUrl,
        stationId: 'locked',
        password: SECRET,
        protocols: ['ocpp2.0.1'],
      });
      raw.send(`[2,"x","Authorize",{"password":"${SECRET}"`);
      await until('the malformed frame and its answer', () => one.frames.at(-1)?.messageType === 4);
      raw.cut();
      assert.ok(one.briefs.includes('←2 ChangeConfiguration') && one.briefs.includes('←2 SetVariables'));
      const text = JSON.stringify(one.messages);
      assert.ok(text.includes('***') && text.includes('not_json'));
      for (const secret of [SECRET, 'a-wrong-password', Buffer.from(`locked:${SECRET}`).toString('base64')]) {
        assert.ok(!text.includes(secret), 'a secret is shown');
      }
      await one.end();
    });

    test('a station that nobody knows is refused, and the tap says so', async () => {
      const one = await tap('stranger');
      assert.deepEqual(
        one.all('listening').map(({ connections, inDirectory }) => [connections, inDirectory]),
        [[0, false]],
      );
      await assert.rejects(station('stranger'));
      await until('it is refused', () => one.all('refused').length === 1);
      assert.equal(one.all('refused')[0]?.outcome, 'unknown_station');
      await one.end();
    });

    test('a station that comes, and comes again elsewhere, is shown from its first frame on', async () => {
      const one = await tap('mover');
      for (let times = 1; times <= 3; times++) {
        const client = await station('mover', '2.1');
        await client.call('BootNotification', BOOT_2);
        client.cut();
        await until('it has gone', () => one.all('disconnected').length === times);
      }
      assert.deepEqual(
        one.briefs,
        Array.from({ length: 3 }, () => ['→2 BootNotification', '←3 BootNotification']).flat(),
      );
      const edges = new Set(
        one.messages.filter(({ what }) => what?.$case === 'connected').map(({ edgeId }) => edgeId),
      );
      assert.equal(edges.size, name === 'distributed' ? 2 : 1);
      await one.end();
    });

    test('two may tap one station, and one may leave', async () => {
      const [one, two] = await Promise.all([tap('late'), tap('late')]);
      await one.end();
      const client = await station('late');
      await client.call('BootNotification', BOOT_16);
      await until('the frames', () => two.frames.length === 2);
      assert.equal(one.frames.length, 0);
      client.cut();
      await two.end();
    });

    test('when the gateway was restarted, a tap begins anew', async () => {
      const one = await tap('late');
      await rig.topology.restart();
      await one.listening(2);
      assert.equal(one.breaks, 1);
      const client = await station('late');
      await client.call('BootNotification', BOOT_16);
      await until('the frames', () => one.frames.length === 2);
      client.cut();
      await one.end();
    });
  });
}
