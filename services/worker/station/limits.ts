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
  /** Durable commands that wait for the station; further ones are refused. */
  durableCommands: 64,
  /** Characters of the payloads of waiting commands, unless it is one only, for each kind apart; further ones are refused. */
  queuedCharacters: 1_048_576,
  durableCharacters: 524_288,
  /** Milliseconds that a durable command may wait, whatever its caller says: 90 days. */
  ttlMs: 90 * 24 * 3_600_000,
  supersedeKeyLength: 64,
  /** Callers that hear the outcome of one command; past it the first is told no more. */
  replies: 4,
  /** Times that a CALL of a durable command is sent while each time the connection breaks before the answer. */
  sendings: 10,
  /** CALLs of one neutral command; their ids have room for two digits. */
  calls: 100,
  /** Characters of the answered CALLs of a neutral command; past it the command ends. */
  exchangeCharacters: 1_048_576,
  /** Of a message id (OCPP-J 4.1.4). */
  callIdLength: 36,
  /** Bytes of a command's CALL: buses take 1 MiB with the envelope around it. Larger ones are refused. */
  commandBytes: 1_047_552,
  /**
   * Ended commands that are known. One that was handed over twice must be, when its second copy comes: that was on its
   * way before the first was acknowledged. Late results are told from unknown ones by it, too. Each takes some 50 bytes
   * of the record: 3 KB of them at most.
   */
  endedCommands: 64,
  /** Outcomes that are kept for callers who ask again, of those that ended last. */
  keptOutcomes: 16,
  /** Characters of all of them; a larger one is not kept. */
  outcomeCharacters: 16_384,
  /** Milliseconds for which they are. */
  outcomeAgeMs: 10 * 60_000,
  /**
   * Milliseconds for which a command that was not taken is refused again: a second copy of it may be on its way. After
   * that its caller may try it anew under the same id.
   */
  refusalAgeMs: 10_000,
  /** The newest of those, beside the ones that were taken… */
  refusals: 16,
  /** …and characters of each one's outcome; of a longer one the words are not kept. */
  refusalCharacters: 512,
  /** Bytes of all that is kept of ended commands; more is made less when their outcomes are as old: idle stations are to be small. */
  endedBytes: 4_096,
  /** Remote starts whose StartTransaction is awaited; the oldest goes first. */
  remoteStarts: 8,
  /** Milliseconds for which it is. */
  remoteStartMs: 10 * 60_000,
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
