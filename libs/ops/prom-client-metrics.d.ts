/** Each default metric of prom-client is a module of its own, which its types leave out. */
declare module 'prom-client/lib/metrics/*' {
  import type { Registry } from 'prom-client';
  const add: (registry: Registry, config: { readonly eventLoopMonitoringPrecision: number }) => void;
  export = add;
}
