/** Throws on bytes that are not UTF-8, and keeps a byte order mark, which JSON does not allow. */
export const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
