/** What one station may cost, in memory and in each commit. Past a limit the rule beside it applies. */
export const LIMITS = {
  /** Connectors whose status is known; past it the one heard of longest ago is forgotten. */
  connectors: 64,
  /** Transactions that run; past it the oldest counts as past. */
  liveTransactions: 64,
  /** Transactions that are remembered for late and repeated messages; past it the oldest is forgotten. */
  pastTransactions: 32,
  /** Milliseconds for which a past transaction is remembered at most. */
  pastTransactionAgeMs: 7 * 24 * 3_600_000,
  /** Runs of sequence numbers kept for one transaction; past it the shortest between first and last is forgotten. */
  sequenceRanges: 16,
  /** Transaction messages whose instant is kept, to tell a repeat from a number used twice. */
  sequenceFingerprints: 8,
  /** Answers other than `{}` that are kept for one transaction's messages. */
  sequenceAnswers: 2,
  /** Answers that are repeated when the same CALL comes again; the oldest goes first. */
  repeats: 4,
  /** Characters of all answers kept for repeats; the newest is kept whatever its length. */
  repeatCharacters: 32_768,
  /** Milliseconds for which a CALL's id is recognised. */
  repeatAgeMs: 5 * 60_000,
  /** The same for a BootNotification: a station that boots again must hear whether it is accepted by now. */
  bootRepeatAgeMs: 30_000,
  /** Commands that wait for the one outstanding; further ones are refused. */
  queuedCommands: 16,
  /** Characters of the frames of waiting commands; further ones are refused. */
  queuedCharacters: 1_048_576,
  /** Bytes of a command's CALL: buses take 1 MiB with the envelope around it. Larger ones are refused. */
  commandBytes: 1_047_552,
  /**
   * Ended commands that are known. A command that was forwarded twice must be, when its second copy comes: that was on its
   * way before the first was acknowledged. Late results are told from unknown ones by it, too. An id of ours takes 15 to
   * 19 bytes of the record: 1.2 KB of them at most.
   */
  endedCommands: 64,
  /** Messages that a pending station was told to send; the oldest goes first. */
  triggers: 8,
  /** CALLs of a station that wait for a decision; for further ones the default applies at once. */
  asks: 4,
  /** Connections known to be superseded, so that none of them can come back as the newest. */
  supersededConnections: 4,
  /** Bytes of an event, for buses take 1 MiB; of a larger one the payload or bulky data is left out. */
  eventBytes: 786_432,
  /** Milliseconds that a command may wait for the station's answer, whatever its caller says. */
  commandTimeoutMs: 3_600_000,
} as const;
