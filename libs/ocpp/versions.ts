/** The OCPP versions served. Their order is fixed: the index stands for the version between processes. */
export const VERSIONS = ['1.6', '2.0.1', '2.1'] as const;

export type Version = (typeof VERSIONS)[number];

const SUBPROTOCOLS: ReadonlyMap<string, Version> = new Map(
  VERSIONS.map((version) => [subprotocolOf(version), version]),
);

/** The `Sec-WebSocket-Protocol` token of `version`, as `ocpp2.0.1`. */
export function subprotocolOf(version: Version): string {
  return `ocpp${version}`;
}

/** The version that exactly this token stands for. */
export function versionOfSubprotocol(token: string): Version | undefined {
  return SUBPROTOCOLS.get(token);
}
