import type { Request } from '../../ocpp/mod.js';
import { DerControls } from './der.js';
import type { Dialect2x } from './dialect.js';
import { Monitors } from './monitors.js';
import { EventStreams } from './streams.js';
import { Tariffs } from './tariffs.js';

export type DisplayMessage = Request<'2.1', 'SetDisplayMessage'>['message'];

/** What a 2.x station keeps beside what every station keeps. Each map has a limit. */
export class Features {
  readonly displayMessages = new Map<number, DisplayMessage>();
  /** Checksums of the firmware that is offered to others in the local network. */
  readonly publishedFirmware = new Set<string>();
  readonly monitors: Monitors;
  readonly streams: EventStreams;
  readonly tariffs = new Tariffs();
  readonly derControls = new DerControls();

  constructor(dialect: Dialect2x) {
    this.monitors = new Monitors(dialect);
    this.streams = new EventStreams(dialect);
  }

  static readonly MAX_DISPLAY_MESSAGES = 50;
  static readonly MAX_PUBLISHED = 10;
}
