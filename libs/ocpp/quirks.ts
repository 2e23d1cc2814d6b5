/** What real stations do wrong and may be tolerated: one list for all layers. */
export type Quirk = keyof typeof QUIRKS;

export type QuirkSet = ReadonlySet<Quirk>;

export interface QuirkInfo {
  /** Who tolerates it: `payload` this library, `connection` the edge. */
  readonly layer: 'payload' | 'connection';
  /** `on` and `off`: the default; `always`: tolerated whatever is set, the name is for counting. */
  readonly setting: 'on' | 'off' | 'always';
  readonly help: string;
}

export const QUIRKS = {
  extra_property: {
    layer: 'payload',
    setting: 'on',
    help: 'Members that the schema does not know are dropped instead of refused.',
  },
  number_for_string: {
    layer: 'payload',
    setting: 'on',
    help: 'A number where a string belongs (a sampled value, an idTag) is taken as its text.',
  },
  long_string: {
    layer: 'payload',
    setting: 'on',
    help: 'Over-long strings in a BootNotification (serial numbers, firmware versions) are cut.',
  },
  empty_vendor: {
    layer: 'payload',
    setting: 'on',
    help: 'A BootNotification whose vendor or model is missing or null: taken as an empty text.',
  },
  unknown_error_code: {
    layer: 'payload',
    setting: 'on',
    help: "An errorCode that 1.6 does not know is taken as 'OtherError'.",
  },
  unit_spelling: {
    layer: 'payload',
    setting: 'on',
    help: 'A 1.6 unit in other casing (celsius, KWH) is taken as the unit that is meant.',
  },
  no_offset: {
    layer: 'payload',
    setting: 'always',
    help: 'A timestamp without an offset is taken as UTC.',
  },
  short_offset: {
    layer: 'payload',
    setting: 'always',
    help: 'A timestamp with an offset like +02 or +0200.',
  },
  loose_separator: {
    layer: 'payload',
    setting: 'always',
    help: "A timestamp with a blank or 't' for the 'T', or a 'z' for the 'Z'.",
  },
  implausible: {
    layer: 'payload',
    setting: 'always',
    help: 'A timestamp from before OCPP existed (0001, 1970): a clock that was never set.',
  },
  hex_password: {
    layer: 'connection',
    setting: 'off',
    help: 'A 1.6 station sends the hex text of its AuthorizationKey as password instead of the bytes.',
  },
  missing_subprotocol: {
    layer: 'connection',
    setting: 'off',
    help: 'A handshake without Sec-WebSocket-Protocol is taken as OCPP 1.6.',
  },
  subprotocol_spelling: {
    layer: 'connection',
    setting: 'on',
    help: "Subprotocols in other casing, or 'ocpp2.0.1.1', are understood.",
  },
  double_slash: {
    layer: 'connection',
    setting: 'on',
    help: "Empty segments in the path ('//', a trailing '/') are ignored.",
  },
  no_pong: {
    layer: 'connection',
    setting: 'on',
    help: 'A station that never answers pings stays connected while it sends anything.',
  },
} as const satisfies Readonly<Record<string, QuirkInfo>>;

export const isQuirk = (name: string): name is Quirk => Object.hasOwn(QUIRKS, name);

const ALL = Object.keys(QUIRKS).filter(isQuirk);

/** Every quirk whose setting is not `off`. */
export const DEFAULT_QUIRKS: QuirkSet = new Set(ALL.filter((quirk) => QUIRKS[quirk].setting !== 'off'));
