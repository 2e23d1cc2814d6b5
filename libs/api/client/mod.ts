/** The client of business services in TypeScript: `connect` gives a Gateway. */
export type { CommandAction, EnqueueOptions, SendOptions } from './commands.js';
export { CommandError, type CommandErrorStatus } from './command-error.js';
export { connect, type ConnectOptions, Gateway, type Services, type Tls } from './connect.js';
export type { AnswerTo, DecideOptions, Decider, DecisionAction, Handlers } from './decide.js';
export type { EventPattern, EventsOptions, EventsOf, ReceivedEvent } from './events.js';
export type { TapOptions } from './tap.js';
export type { AnyStationEvent, EventData, EventType, StationEvent } from '../events.js';
export type { Question } from '../decisions.js';
export type * from '../vocabulary.js';
export * as grpc from '../grpc.js';
/** What a call fails with when the gateway refuses it or cannot be reached; `code` is the gRPC status. */
export { ClientError, Status } from 'nice-grpc-common';
