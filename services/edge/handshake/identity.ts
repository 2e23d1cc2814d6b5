/** What the path of a handshake says. */
export type PathReading =
  | { readonly ok: true; readonly stationId: string; readonly encoded: string; readonly doubleSlash: boolean }
  | { readonly ok: false; readonly problem: PathProblem };

export type PathProblem = 'other_path' | 'no_identity' | 'bad_encoding' | 'bad_identity';

/** Longest station id, in bytes of UTF-8. */
const MAX_IDENTITY_BYTES = 255;
const REPLACEMENT = '\uFFFD';

/**
 * Reads the station id from a path below `basePath`: the last segment, percent-decoded once (1.6J 3.1.1). Segments
 * between say nothing: a version there does not choose the OCPP version (2.1 part 4, 3.1.2). Empty segments (`//`, a
 * trailing `/`) are passed over and reported.
 */
export function readPath(path: string, basePath: string): PathReading {
  const base = basePath.split('/').filter((segment) => segment !== '');
  const [, ...all] = path.split('/');
  const segments = all.filter((segment) => segment !== '');
  if (base.some((segment, at) => segments[at] !== segment)) return { ok: false, problem: 'other_path' };
  const encoded = segments.length > base.length ? segments.at(-1) : undefined;
  if (encoded === undefined) return { ok: false, problem: 'no_identity' };
  const stationId = percentDecoded(encoded);
  // Bytes that are no UTF-8 come in as U+FFFD: two ids must not become one.
  if (stationId === undefined || stationId.includes(REPLACEMENT))
    return { ok: false, problem: 'bad_encoding' };
  if (stationId.includes('\0') || Buffer.byteLength(stationId) > MAX_IDENTITY_BYTES) {
    return { ok: false, problem: 'bad_identity' };
  }
  return { ok: true, stationId, encoded, doubleSlash: segments.length !== all.length };
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
