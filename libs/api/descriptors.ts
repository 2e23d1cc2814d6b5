import { readFileSync } from 'node:fs';

const FILE = new URL('./generated/stationmaster.binpb', import.meta.url);

/** The protobuf descriptors of all services and messages: the bytes of a google.protobuf.FileDescriptorSet. */
export function readDescriptors(): Uint8Array {
  return readFileSync(FILE);
}
