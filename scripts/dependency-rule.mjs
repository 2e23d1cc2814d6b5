// The dependency rule of the layout, as an ESLint rule: services import libs, never the reverse; services never one
// another (standalone excepted); another lib only through its mod.ts; libs/ocpp and libs/actor next to nothing.
import path from 'node:path';

/** Libs whose public face these pure libs may use, and whether they may import packages and Node modules. */
const PURE = {
  ocpp: { libs: ['actor'] },
  actor: { libs: ['ocpp', 'bus', 'store', 'eventlog', 'clock'] },
};

/** Loaded by `import()` where something is traced. */
const OPEN_TELEMETRY = 'libs/tracing/otel.ts';

/** Tests, and what only tests import: contract suites and fixtures. */
const FOR_TESTS = /(\.test|\.fixture|contract)\.ts$|(^|\/)(fixtures|testing)\//;

/** `libs/bus/routes.ts` → { area: 'libs', room: 'bus', file: 'routes.ts' } */
function place(file) {
  const [area, room, ...rest] = file.split('/');
  return { area, room, file: rest.join('/') };
}

/**
 * What is wrong with `from` (a file) importing `specifier`; undefined when nothing is. Paths are relative to the root.
 * `isLoaded`: by `import()`.
 */
export function violation(from, specifier, isLoaded = false) {
  const here = place(from);
  const forTests = FOR_TESTS.test(from);
  if (!specifier.startsWith('.')) {
    if (specifier.startsWith('@opentelemetry/') && from !== OPEN_TELEMETRY && !forTests) {
      return `only ${OPEN_TELEMETRY} imports OpenTelemetry: a process that traces nothing does not load it`;
    }
    const isPure = here.area === 'libs' && here.room in PURE && !forTests;
    return isPure ? `libs/${here.room} is pure: it imports no packages and no Node modules` : undefined;
  }
  const target = path.posix.join(path.posix.dirname(from), specifier);
  if (target.replace(/js$/, 'ts') === OPEN_TELEMETRY && !isLoaded && !forTests) {
    return `load ${OPEN_TELEMETRY} by import() where something is traced`;
  }
  const there = place(target);
  if (there.area === here.area && there.room === here.room) return undefined;
  if (here.area === 'libs') return fromLib(here, there, target, forTests);
  if (here.area === 'services') return fromService(here, there, target, forTests);
  return undefined;
}

function fromLib(here, there, target, forTests) {
  if (there.area !== 'libs') return `libs never import ${there.area}`;
  if (forTests) return undefined;
  if (here.room in PURE && !PURE[here.room].libs.includes(there.room)) {
    return `libs/${here.room} is pure: of the libs it imports only ${PURE[here.room].libs.join(', ')}`;
  }
  return notPublic(there, target);
}

function fromService(here, there, target, forTests) {
  if (forTests) return undefined;
  if (there.area === 'libs') return notPublic(there, target);
  if (there.area === 'services') {
    return here.room === 'standalone' ? undefined : `services never import one another (standalone excepted)`;
  }
  return `services never import ${there.area}`;
}

/** Its mod.ts; libs/api has a second one, for business services. */
const isPublic = ({ room, file }) => file === 'mod.js' || (room === 'api' && file === 'client/mod.js');

function notPublic(there, target) {
  return isPublic(there) ? undefined : `import libs/${there.room} through its mod.ts, not ${target}`;
}

export const dependencyRule = {
  meta: { type: 'problem', schema: [], messages: { broken: 'Dependency rule: {{ what }}.' } },
  create(context) {
    const from = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    const check = (node) => {
      const specifier = node.source?.value;
      const isLoaded = node.type === 'ImportExpression';
      const what = typeof specifier === 'string' ? violation(from, specifier, isLoaded) : undefined;
      if (what !== undefined) context.report({ node: node.source, messageId: 'broken', data: { what } });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};
