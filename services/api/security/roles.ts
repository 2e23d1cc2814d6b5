import { grpc } from '../../../libs/api/mod.js';

/**
 * What a client may do. `read`: look at stations, commands, jobs and events. `command`: have stations do something.
 * `provision`: decide which stations may connect. `decide`: answer the gateway's questions. `tap`: see the live frames of stations.
 */
export const ROLES = ['read', 'command', 'provision', 'decide', 'tap'] as const;
export type Role = (typeof ROLES)[number];

/** Who may call a method: those with this role, those with any role, or everybody. */
export type Access = Role | 'any' | 'everybody';

const COMMANDS = {
  SendCommand: 'command',
  EnqueueCommand: 'command',
  CancelCommand: 'command',
  GetCommand: 'read',
  ListCommands: 'read',
  GetJob: 'read',
  FollowJob: 'read',
} as const satisfies Rows<typeof grpc.CommandServiceDefinition>;

const DECISIONS = { Decide: 'decide' } as const satisfies Rows<typeof grpc.DecisionServiceDefinition>;

const EVENTS = { StreamEvents: 'read' } as const satisfies Rows<typeof grpc.EventServiceDefinition>;

const STATIONS = {
  CreateStation: 'provision',
  UpdateStation: 'provision',
  DeleteStation: 'provision',
  SetPassword: 'provision',
  RotatePassword: 'provision',
  DisconnectStation: 'command',
  GetStation: 'read',
  ListStations: 'read',
  GetStationState: 'read',
} as const satisfies Rows<typeof grpc.StationServiceDefinition>;

const TAPS = { TapStation: 'tap' } as const satisfies Rows<typeof grpc.TapServiceDefinition>;

/** A row for each method. */
type Rows<D extends { readonly methods: Record<string, { readonly name: string }> }> = {
  readonly [M in D['methods'][keyof D['methods']]['name']]: Role;
};

/** The role that a method needs, by its path: `/stationmaster.v1.CommandService/SendCommand`. */
export const METHOD_ROLES: ReadonlyMap<string, Role> = new Map(
  (
    [
      [grpc.CommandServiceDefinition, COMMANDS],
      [grpc.DecisionServiceDefinition, DECISIONS],
      [grpc.EventServiceDefinition, EVENTS],
      [grpc.StationServiceDefinition, STATIONS],
      [grpc.TapServiceDefinition, TAPS],
    ] as const
  ).flatMap(([{ fullName }, rows]) =>
    Object.entries(rows).map(([method, role]) => [`/${fullName}/${method}`, role] as const),
  ),
);

/** Undefined: nobody may, for no row says who. */
export function accessOf(path: string): Access | undefined {
  if (path.startsWith('/grpc.health.')) return 'everybody';
  if (path.startsWith('/grpc.reflection.')) return 'any';
  return METHOD_ROLES.get(path);
}
