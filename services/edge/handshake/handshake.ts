import { isQuirk, type Quirk, type QuirkSet, type Version } from '../../../libs/ocpp/mod.js';
import type { Logger } from '../../../libs/ops/mod.js';
import type { StationRecord } from '../../../libs/store/mod.js';
import type { Admissions } from '../admission/mod.js';
import type { EdgeConfig } from '../config.js';
import type { EdgeMetrics } from '../metrics.js';
import type { Taps } from '../tap/mod.js';
import type { HttpRequest, Refusal, SocketHandler, UpgradeDecision, UpgradeRequest } from '../socket/mod.js';
import { forLog } from '../for-log.js';
import { Networks } from '../networks.js';
import { readArrival, type Arrival, type ClientCertificate } from './arrival.js';
import { authenticate, openVerdict, type Claim, type SecurityProfile } from './authentication.js';
import { readPath, type PathReading } from './identity.js';
import type { LookUps } from './look-up.js';
import type { OldPasswords } from './old-passwords.js';
import { refusal, REFUSALS, type RefusalName } from './refusals.js';
import { chooseSubprotocol } from './subprotocol.js';

/** A station that is let in. */
export interface Admission {
  readonly stationId: string;
  readonly version: Version;
  readonly securityProfile: SecurityProfile;
  /** CN of its certificate, of profile 3 alone. */
  readonly certificateCn: string | undefined;
  /** Hash of the password that let it in; undefined: it needed none. */
  readonly passwordHash: string | undefined;
  readonly quirks: QuirkSet;
  /** The station's, as far as it is known. */
  readonly remoteAddress: string;
}

export interface HandshakeOptions {
  readonly config: EdgeConfig;
  readonly lookUps: LookUps;
  readonly oldPasswords: OldPasswords;
  readonly logger: Logger;
  readonly metrics: EdgeMetrics;
  /** How many come in at a time, and who first. */
  readonly admissions: Pick<Admissions, 'knock'>;
  /** Hears of each handshake that is refused. Left out: no station can be tapped. */
  readonly taps?: Pick<Taps, 'refused'>;
  /** Why nobody is let in at this moment, if so. */
  closed(): 'draining' | 'full' | undefined;
  /** Handler of the connection of a station that is let in. */
  admit(admission: Admission): SocketHandler;
  /** Handler of a connection that is closed at once, for want of a common OCPP version. */
  dismiss(offered: string): SocketHandler;
}

/** A handshake, with what is known of where it comes from. */
type Knock = UpgradeRequest & Arrival;

type Identity = Extract<PathReading, { ok: true }>;

/** Decides every handshake, by CONFORMANCE.md 1. */
export class Handshake {
  readonly #proxies: Networks;
  /** Quirk sets of stations with quirks of their own, by their names. */
  readonly #quirkSets = new Map<string, QuirkSet>();

  constructor(private readonly options: HandshakeOptions) {
    this.#proxies = new Networks(options.config.trustedProxies);
  }

  /** Answers what is no WebSocket handshake. */
  plain(request: HttpRequest): Refusal {
    const { basePath } = this.options.config;
    const path = readPath(request.path, basePath);
    return refusal(path.ok ? 'not_websocket' : path.problem, basePath, 0);
  }

  decide(upgrade: UpgradeRequest): UpgradeDecision | Promise<UpgradeDecision> {
    const { config, lookUps, metrics } = this.options;
    const arrival = readArrival(upgrade, this.#proxies);
    if (arrival.ignoredHeaders) metrics.proxyHeadersIgnored();
    const request: Knock = { ...upgrade, ...arrival };
    const path = readPath(request.path, config.basePath);
    const obstacle = this.#obstacle(request, path);
    if (obstacle !== undefined) return this.#refuse(obstacle, request);
    if (!path.ok) return this.#refuse(path.problem, request);
    const wait = this.options.admissions.knock(path.stationId);
    if (wait !== undefined) return this.#refuse('too_many_handshakes', request, wait);
    if (request.problem !== undefined) return this.#refuse(request.problem, request);
    if (path.doubleSlash) this.options.metrics.quirk('double_slash');
    if (config.mode === 'open') return this.#settle(request, path, config.quirks, undefined);
    if (lookUps.pending >= config.maxPendingHandshakes) return this.#refuse('too_many_handshakes', request);
    return this.#lookUp(request, path);
  }

  #obstacle(request: Knock, path: PathReading): RefusalName | undefined {
    const { config } = this.options;
    const closed = this.options.closed();
    if (closed !== undefined) return closed;
    if (!path.ok) return path.problem;
    if (path.doubleSlash && !config.quirks.has('double_slash')) return 'other_path';
    if (request.webSocketVersion !== '13') return 'bad_version';
    return undefined;
  }

  /** Whatever goes wrong here, the door stays shut. */
  async #lookUp(request: Knock, path: Identity): Promise<UpgradeDecision> {
    try {
      const record = await this.options.lookUps.get(path.stationId);
      return this.#judge(request, path, record);
    } catch (error) {
      this.options.logger.error({ err: error, stationId: path.stationId }, 'directory_look_up_failed');
      return this.#refuse('directory_unavailable', request);
    }
  }

  #judge(request: Knock, path: Identity, record: StationRecord | undefined): UpgradeDecision {
    const closed = this.options.closed();
    if (closed !== undefined) return this.#refuse(closed, request);
    if (record === undefined) return this.#refuse('unknown_station', request);
    if (record.disabled === true) return this.#refuse('disabled_station', request);
    return this.#settle(request, path, this.#quirksOf(record), record);
  }

  /** Without a record, the station is let in as it comes. */
  #settle(
    request: Knock,
    path: Identity,
    quirks: QuirkSet,
    record: StationRecord | undefined,
  ): UpgradeDecision {
    const { config, metrics } = this.options;
    const { stationId, encoded: encodedId } = path;
    const { authorization, secure, certificate, remoteAddress } = request;
    const { cpoName } = config;
    const claim: Claim = { stationId, encodedId, authorization, secure, certificate, cpoName, quirks };
    const verdict = record === undefined ? openVerdict(claim) : authenticate(claim, record);
    if (!verdict.ok) return this.#refuse(verdict.problem, request);
    if (verdict.quirk !== undefined) metrics.quirk(verdict.quirk);
    const { versions, defaultVersion } = config;
    const choice = chooseSubprotocol(request.protocols, { versions, defaultVersion, quirks });
    if (choice === undefined) return this.#dismiss(request);
    if (choice.quirk !== undefined) metrics.quirk(choice.quirk);
    metrics.handshake('accepted');
    const { version } = choice;
    const { securityProfile, certificateCn, credential } = verdict;
    if (record?.rotating === true && credential !== undefined && credential === record.credentials[0]) {
      this.options.oldPasswords.retire(record);
    }
    const passwordHash = credential?.hash;
    const who = { stationId, version, quirks, remoteAddress };
    const handler = this.options.admit({ ...who, securityProfile, certificateCn, passwordHash });
    // 2.x shall support RFC 7692, 1.6 is plain.
    return { accept: true, handler, protocol: choice.token, compress: version !== '1.6' };
  }

  /** The handshake is completed without Sec-WebSocket-Protocol, then the connection closed (1.6J 3.2). */
  #dismiss(request: Knock): UpgradeDecision {
    this.options.metrics.handshake('no_subprotocol');
    this.options.taps?.refused('no_subprotocol', request);
    const { path, protocols, remoteAddress } = request;
    const who = { ...stationOf(path, this.options.config.basePath), remoteAddress };
    const said = { path: forLog(path), protocols: forLog(protocols), ...who };
    this.options.logger.info(said, 'no_supported_subprotocol');
    return { accept: true, handler: this.options.dismiss(protocols), protocol: undefined, compress: false };
  }

  /** @param wait seconds after which the station may come again; a random number of the configured range when left out. */
  #refuse(name: RefusalName, request: Knock, wait?: number): Refusal {
    const { path, remoteAddress, certificate } = request;
    const { config, metrics, logger, taps } = this.options;
    metrics.handshake(name);
    taps?.refused(name, request);
    const who = { ...stationOf(path, config.basePath), remoteAddress, ...forLogOf(certificate) };
    const said = { outcome: name, path: forLog(path), ...who };
    // In a storm these are many, and say nothing of the station.
    const level = REFUSALS[name].retry === 'soon' ? 'debug' : 'info';
    logger[level](said, 'handshake_refused');
    const [least, most] = config.retryAfterSeconds;
    const retryAfter = wait ?? least + Math.floor(Math.random() * (most - least + 1));
    return refusal(name, config.basePath, retryAfter);
  }

  #quirksOf(record: StationRecord): QuirkSet {
    const { quirks } = this.options.config;
    const own: Quirk[] = (record.quirks ?? []).filter(isQuirk).filter((quirk) => !quirks.has(quirk));
    if (own.length === 0) return quirks;
    const key = own.sort().join();
    const known = this.#quirkSets.get(key);
    if (known !== undefined) return known;
    const set: QuirkSet = new Set([...quirks, ...own]);
    this.#quirkSets.set(key, set);
    return set;
  }
}

/** Who it claims to be, where the path says so. */
function stationOf(path: string, basePath: string): { stationId?: string } {
  const read = readPath(path, basePath);
  return read.ok ? { stationId: read.stationId } : {};
}

/** Who has to enter the serial number in the directory finds it here. */
function forLogOf(certificate: ClientCertificate | undefined): object {
  if (certificate === undefined) return {};
  const { commonName, organization = '' } = certificate;
  return { certificateCn: forLog(commonName), certificateO: forLog(organization) };
}
