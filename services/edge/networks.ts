import { BlockList, isIP } from 'node:net';

/** An IP address with its family, in the shortest of its forms that matter here. */
interface Address {
  readonly text: string;
  readonly family: 'ipv4' | 'ipv6';
}

/** IPv4 within IPv6, as a socket of both sees it: `::ffff:10.0.0.1`, or written out in full. */
const MAPPED_DOTTED = /^(?:0{0,4}:){2,5}ffff:(\d+\.\d+\.\d+\.\d+)$/i;
const MAPPED_HEX = /^(?:0{0,4}:){2,5}ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i;

/** An IP address as it is to be logged and compared: IPv4 within IPv6 is IPv4. Any other text stays as it is. */
export function plainAddress(text: string): string {
  const [, dotted] = MAPPED_DOTTED.exec(text) ?? [];
  if (dotted !== undefined) return dotted;
  const [, high, low] = MAPPED_HEX.exec(text) ?? [];
  if (high === undefined || low === undefined) return text;
  const [upper, lower] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [upper >> 8, upper & 255, lower >> 8, lower & 255].join('.');
}

function addressOf(text: string): Address | undefined {
  const plain = plainAddress(text);
  const version = isIP(plain);
  return version === 0 ? undefined : { text: plain, family: version === 4 ? 'ipv4' : 'ipv6' };
}

/** An address with the number of its bits that count. */
interface Network extends Address {
  readonly bits: number;
}

function networkOf(text: string): Network | undefined {
  const [, before = '', bitsText] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = addressOf(before);
  if (address === undefined) return undefined;
  const most = address.family === 'ipv4' ? 32 : 128;
  const bits = bitsText === undefined ? most : Number(bitsText);
  return bits >= 1 && bits <= most ? { ...address, bits } : undefined;
}

/** True for an IPv4 or IPv6 address, and for a network of them such as `10.0.0.0/8`; false for all addresses there are. */
export const isNetwork = (text: string): boolean => networkOf(text) !== undefined;

/** A set of IP addresses, named by addresses and networks. */
export class Networks {
  readonly #list = new BlockList();
  readonly isEmpty: boolean;

  /** @throws Error for a text that is no network. */
  constructor(texts: readonly string[]) {
    this.isEmpty = texts.length === 0;
    for (const text of texts) {
      const network = networkOf(text);
      if (network === undefined) throw new Error(`'${text}' is neither an IP address nor a network of them`);
      this.#list.addSubnet(network.text, network.bits, network.family);
    }
  }

  /** False for a text that is no IP address. */
  has(text: string): boolean {
    if (this.isEmpty) return false;
    const address = addressOf(text);
    return address !== undefined && this.#list.check(address.text, address.family);
  }
}
