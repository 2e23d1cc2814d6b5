import { grpc } from '../../libs/api/client/mod.js';
import { cutTo, printable } from './printable.js';

export interface LineStyle {
  /** For terminals. */
  readonly colours: boolean;
  /** Characters in a line; Infinity: as many as there are. */
  readonly width: number;
}

type Colour = 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

const CODES: Readonly<Record<Colour, number>> = { dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

const TYPES: Readonly<Record<number, string>> = {
  2: 'CALL',
  3: 'CALLRESULT',
  4: 'CALLERROR',
  5: 'CALLRESULTERROR',
  6: 'SEND',
};

const CAUSES: Readonly<Record<grpc.LeftOutCause, string>> = {
  LEFT_OUT_CAUSE_UNSPECIFIED: 'for an unknown reason',
  LEFT_OUT_CAUSE_TOO_MUCH: 'more than a tap shows in a second',
  LEFT_OUT_CAUSE_SLOW_CALLER: 'they were not read fast enough',
  LEFT_OUT_CAUSE_LOST: 'lost on their way through the gateway',
  LEFT_OUT_CAUSE_EDGE_SILENT: 'nothing is heard of the edge any more',
  LEFT_OUT_CAUSE_EDGE_FULL: 'the edge serves as many taps as it may: end another one',
};

interface Part {
  readonly text: string;
  readonly colour?: Colour;
}

/** Makes the lines of one tap for people. */
export class Lines {
  /** OCPP versions by connection. */
  readonly #versions = new Map<string, string>();

  constructor(
    private readonly stationId: string,
    private readonly style: () => LineStyle,
  ) {}

  /** Without the line's end. */
  of(message: grpc.TapStationResponse): string {
    const { time = new Date(0), edgeId, connectionId, what } = message;
    const at: Part = { text: clockTime(time), colour: 'dim' };
    switch (what?.$case) {
      case 'listening':
        return this.#line([at, { text: this.#listening(what.value) }]);
      case 'connected':
        this.#remember(connectionId, what.value.version);
        return this.#line([
          at,
          { text: connectedText(what.value, edgeId, connectionId, time), colour: 'green' },
        ]);
      case 'disconnected':
        this.#versions.delete(connectionId);
        return this.#line([at, { text: disconnectedText(what.value, connectionId), colour: 'yellow' }]);
      case 'refused':
        return this.#line([at, { text: refusedText(what.value, edgeId), colour: 'red' }]);
      case 'leftOut':
        return this.#line([at, { text: leftOutText(what.value, edgeId), colour: 'yellow' }]);
      case 'frame':
        return this.#frame(at, what.value, this.#versions.get(connectionId) ?? '');
      case undefined:
        return this.#line([at]);
    }
  }

  #listening({ edges, connections, inDirectory }: grpc.TapListening): string {
    const station = printable(this.stationId);
    if (edges === 0) return `no edge answers: nothing of ${station} is shown until one does`;
    const listening = `listening at ${edges} edge${edges === 1 ? '' : 's'}`;
    if (connections > 0) return `${listening}  (→ from the station, ← to it)`;
    const known = inDirectory ? '' : ', and not in the directory (in open mode it need not be)';
    return `${listening}: ${station} is not connected at present${known}; waiting for it`;
  }

  #remember(connectionId: string, version: string): void {
    // Of a connection whose end was not told, nothing comes any more.
    if (this.#versions.size >= 100) this.#versions.clear();
    this.#versions.set(connectionId, version);
  }

  #frame(at: Part, frame: grpc.TapFrame, version: string): string {
    const { direction, messageType, id, action, payload, payloadNote, answeredAfterMs } = frame;
    const up = direction === grpc.FrameDirection.FRAME_DIRECTION_FROM_STATION;
    const isError = messageType === 4 || messageType === 5;
    const details = isError ? `${frame.errorCode} ${frame.errorDescription} ` : '';
    const notes = [
      frame.fault === '' ? '' : `${frame.fault}: ${frame.faultDetail}`,
      payloadNote,
      frame.quirks.length > 0 ? `tolerated: ${frame.quirks.join(', ')}` : '',
      frame.payloadIsCut || payload === '' ? `${frame.length} bytes` : '',
    ].filter((note) => note !== '');
    return this.#line([
      at,
      { text: up ? '→' : '←', colour: up ? 'cyan' : 'green' },
      { text: version.padEnd(5), colour: 'dim' },
      { text: (TYPES[messageType] ?? '?').padEnd(10), ...(isError && { colour: 'red' }) },
      { text: printable(action === '' ? '-' : action).padEnd(20) },
      { text: printable(id === '' ? '-' : id), colour: 'dim' },
      ...(answeredAfterMs === undefined
        ? []
        : [{ text: `${milliseconds(answeredAfterMs)} ms`, colour: 'yellow' } as const]),
      // First what is wrong: a payload may be longer than the line.
      ...(notes.length > 0 ? [{ text: printable(`[${notes.join('; ')}]`), colour: 'red' } as const] : []),
      { text: printable(`${details}${payload}${frame.payloadIsCut ? '…' : ''}`) },
    ]);
  }

  #line(parts: readonly Part[]): string {
    const { colours, width } = this.style();
    let left = width;
    const shown: string[] = [];
    for (const { text, colour } of parts) {
      const cut = cutTo(text, left);
      if (cut === '') continue;
      shown.push(colours && colour !== undefined ? `\u001B[${CODES[colour]}m${cut}\u001B[0m` : cut);
      left -= cut.length + 1;
    }
    return shown.join(' ').trimEnd();
  }
}

function connectedText(
  { version, securityProfile, remoteAddress, since, certificateCommonName }: grpc.TapConnected,
  edgeId: string,
  connectionId: string,
  time: Date,
): string {
  const before = since !== undefined && time.getTime() - since.getTime() > 1000;
  const facts = [
    `OCPP ${version}`,
    `security profile ${securityProfile}`,
    ...(certificateCommonName === '' ? [] : [`certificate of ${certificateCommonName}`]),
    `from ${remoteAddress === '' ? 'an unknown address' : remoteAddress}`,
    `edge ${edgeId}`,
    `connection ${connectionId}`,
  ];
  return printable(`● connected${before ? ` since ${since.toISOString()}` : ''}: ${facts.join(', ')}`);
}

function disconnectedText({ code, reason, cause }: grpc.TapDisconnected, connectionId: string): string {
  const because = reason === '' ? '' : `, "${reason}"`;
  return printable(`○ disconnected: ${cause}, code ${code}${because}, connection ${connectionId}`);
}

function refusedText(refused: grpc.TapRefused, edgeId: string): string {
  const { outcome, status, reason, remoteAddress, protocols, secure } = refused;
  const offers = protocols === '' ? 'offers no subprotocol' : `offers ${protocols}`;
  const facts = [`from ${remoteAddress}`, secure ? 'TLS' : 'no TLS', offers, `edge ${edgeId}`];
  return printable(`✗ refused: ${outcome} (${status}). ${reason} ${facts.join(', ')}`);
}

function leftOutText({ cause, messages }: grpc.TapLeftOut, edgeId: string): string {
  const what =
    messages === 0
      ? 'some messages may be missing'
      : `${messages} message${messages === 1 ? '' : 's'} left out`;
  return printable(`… ${what}: ${CAUSES[cause]}${edgeId === '' ? '' : ` (edge ${edgeId})`}`);
}

const milliseconds = (ms: number): string => (ms < 100 ? ms.toFixed(1) : ms.toFixed(0));

/** `14:03:07.123`, in the time zone of whoever looks. */
function clockTime(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = `${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
  return `${two(time.getHours())}:${two(time.getMinutes())}:${seconds}`;
}
