import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { findProgram } from '../../libs/servers/mod.js';
import { OPTIONS as API_OPTIONS } from '../../services/api/options.js';
import { OPTIONS as EDGE_OPTIONS } from '../../services/edge/options.js';
import { OPTIONS as WORKER_OPTIONS } from '../../services/worker/options.js';
import { configured } from './configured.js';
import { kustomize, typeErrors, type Manifest } from './kubernetes.js';
import { selects, workloadsOf, type Selector, type Workload } from './pods.js';

const OVERLAYS = ['k8s/overlays/dev', 'k8s/overlays/prod'];
const OURS = ['edge', 'worker', 'api'] as const;
type Ours = (typeof OURS)[number];
/** What the secrets of the production overlay hold. */
const IN_SECRETS: Readonly<Record<string, string>> = {
  STATIONMASTER_NATS_URL: 'tls://edge:secret@nats-1:4222,tls://edge:secret@nats-2:4222',
  STATIONMASTER_REDIS_URL: 'rediss://edge:secret@redis:6379',
};
/** Beside the drain time, an edge may take this for CALLs in flight and the servers that it leaves. */
const EDGE_MARGIN_SECONDS = 20;
const OTHERS_STOP_SECONDS = 30;

const skip = findProgram('kubectl') === undefined && 'kubectl is not on the PATH: it renders the overlays';

const READ: Readonly<Record<Ours, (env: Readonly<Record<string, string>>) => object>> = {
  edge: (env) => configured(EDGE_OPTIONS, env),
  worker: (env) => configured(WORKER_OPTIONS, env),
  api: (env) => configured(API_OPTIONS, env),
};

test(
  'every object is what the types of Kubernetes say; a typo would be found, however deep',
  { skip },
  async () => {
    const manifests = await Promise.all(OVERLAYS.map(kustomize));
    const deployment = manifests.flat().find(({ kind }) => kind === 'Deployment');
    const typo = JSON.stringify(deployment).replace('"readOnlyRootFilesystem"', '"readonlyRootFilesystem"');
    const [found, ...errors] = typeErrors([JSON.parse(typo) as Manifest, ...manifests.flat()]);
    assert.match(found ?? '', /readonlyRootFilesystem/);
    assert.deepEqual(errors, []);
  },
);

for (const overlay of OVERLAYS) {
  describe(overlay, { skip }, () => {
    let manifests: readonly Manifest[];
    let workloads: readonly Workload[];
    const ours = () => workloads.filter(({ name }) => OURS.some((one) => one === name));
    const of = (kind: string) => manifests.filter((manifest) => manifest.kind === kind);
    const names = (kind: string) => of(kind).map(({ metadata }) => metadata.name);

    before(async () => {
      manifests = await kustomize(overlay);
      workloads = workloadsOf(manifests);
    });

    /** Of a container of ours, from its config maps and, in production, its secrets. */
    function environment({ container }: Workload): Readonly<Record<string, string>> {
      const { env = [], envFrom = [] } = container;
      const from = envFrom.map(({ configMapRef, secretRef }) => {
        if (secretRef !== undefined) return IN_SECRETS;
        const map = of('ConfigMap').find(({ metadata }) => metadata.name === configMapRef?.name);
        assert.ok(map?.data, `config map ${configMapRef?.name}`);
        return map.data;
      });
      const own = env.map(({ name, value = '' }) => [name, value]);
      return Object.assign({}, ...from, Object.fromEntries(own)) as Record<string, string>;
    }

    test('there are edges, workers and APIs, each started as its service', () => {
      assert.deepEqual(
        ours()
          .map(({ name }) => name)
          .sort(),
        [...OURS].sort(),
      );
      for (const { name, container } of ours()) assert.deepEqual(container.args, [name]);
    });

    test('each takes its variables: all known, all of them valid', () => {
      for (const workload of ours()) {
        const read = READ[workload.name as Ours];
        assert.doesNotThrow(() => read(environment(workload)), workload.name);
      }
    });

    test('what they refer to is there: accounts, config maps, volumes, ports', () => {
      for (const { name, pod, container } of workloads) {
        if (pod.serviceAccountName !== undefined) {
          assert.ok(names('ServiceAccount').includes(pod.serviceAccountName), name);
        }
        for (const { configMap } of pod.volumes ?? []) {
          if (configMap !== undefined) assert.ok(names('ConfigMap').includes(configMap.name), configMap.name);
        }
        const claims = workloadClaims(manifests, name);
        const volumes = [...(pod.volumes ?? []).map((volume) => volume.name), ...claims];
        const mounted = (container.volumeMounts ?? []).map((mount) => mount.name);
        assert.deepEqual([...mounted].sort(), [...volumes].sort(), `volumes of ${name}`);
        const ports = (container.ports ?? []).map((port) => port.name);
        for (const probe of [container.startupProbe, container.livenessProbe, container.readinessProbe]) {
          const port = probe?.httpGet?.port;
          if (typeof port === 'string') assert.ok(ports.includes(port), `${name}: port ${port}`);
        }
      }
    });

    test('files that variables name are mounted', () => {
      for (const workload of ours()) {
        const mounts = (workload.container.volumeMounts ?? []).map(({ mountPath }) => `${mountPath}/`);
        for (const [name, value] of Object.entries(environment(workload))) {
          if (!value.startsWith('/etc/')) continue;
          assert.ok(
            mounts.some((mount) => value.startsWith(mount)),
            `${workload.name}: ${name}=${value}`,
          );
        }
      }
    });

    test('services, budgets and policies select pods, and name ports that these have', () => {
      for (const { metadata, spec } of of('Service')) {
        const { selector, ports } = spec as {
          selector: Record<string, string>;
          ports: { name: string; targetPort: string }[];
        };
        const [workload, ...others] = workloads.filter(({ labels }) =>
          selects({ matchLabels: selector }, labels),
        );
        assert.ok(workload !== undefined && others.length === 0, `Service ${metadata.name}`);
        for (const { targetPort } of ports) {
          const found = (workload.container.ports ?? []).some(({ name }) => name === targetPort);
          assert.ok(found, `Service ${metadata.name}: port ${targetPort}`);
        }
      }
      for (const { metadata, spec } of of('PodDisruptionBudget')) {
        const { selector } = spec as { selector: Selector };
        const selected = workloads.filter(({ labels }) => selects(selector, labels)).map(({ name }) => name);
        assert.deepEqual(selected, [metadata.name]);
      }
      for (const { metadata, spec } of of('NetworkPolicy')) {
        const { podSelector, ingress = [] } = spec as {
          podSelector: Selector;
          ingress?: { ports?: { port: string | number }[] }[];
        };
        const selected = workloads.filter(({ labels }) => selects(podSelector, labels));
        assert.ok(selected.length > 0, `NetworkPolicy ${metadata.name}`);
        const ports = new Set(
          selected.flatMap(({ container }) => (container.ports ?? []).map(({ name }) => name)),
        );
        for (const { port } of ingress.flatMap((rule) => rule.ports ?? [])) {
          assert.ok(typeof port === 'string' && ports.has(port), `NetworkPolicy ${metadata.name}: ${port}`);
        }
      }
    });

    test('every pod has a policy that refuses what is not named, and one that lets Prometheus in', () => {
      const policies = of('NetworkPolicy').map(
        ({ spec }) => spec as { podSelector: Selector; policyTypes: string[] },
      );
      for (const { name, labels } of workloads) {
        const types = policies
          .filter(({ podSelector }) => selects(podSelector, labels))
          .flatMap(({ policyTypes }) => policyTypes);
        assert.ok(types.includes('Ingress') && types.includes('Egress'), name);
      }
    });

    test('no container is root, may write to its image, or gain rights', () => {
      for (const { name, pod, container } of workloads) {
        const context = { ...pod.securityContext, ...container.securityContext };
        assert.equal(context['runAsNonRoot'], true, name);
        assert.equal(context['readOnlyRootFilesystem'], true, name);
        assert.equal(context['allowPrivilegeEscalation'], false, name);
        assert.deepEqual(context['capabilities'], { drop: ['ALL'] }, name);
        assert.deepEqual(context['seccompProfile'], { type: 'RuntimeDefault' }, name);
        assert.equal(pod.automountServiceAccountToken, false, name);
      }
    });

    test('probes: restarted by /healthz alone, out of service by /readyz; variables of Kubernetes stay out', () => {
      for (const { pod, container } of ours()) {
        assert.deepEqual(container.startupProbe?.httpGet, { path: '/healthz', port: 'ops' });
        assert.deepEqual(container.livenessProbe?.httpGet, { path: '/healthz', port: 'ops' });
        assert.deepEqual(container.readinessProbe?.httpGet, { path: '/readyz', port: 'ops' });
        assert.equal(pod.enableServiceLinks, false);
        assert.ok(container.resources?.requests?.['cpu'] !== undefined);
        assert.ok(container.resources.limits?.['memory'] !== undefined);
        assert.equal(container.resources.limits['cpu'], undefined);
      }
    });

    test('a pod that goes has the time that it takes', () => {
      for (const workload of ours()) {
        const { name, pod, container } = workload;
        const waits = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
        const stops =
          name === 'edge'
            ? configured(EDGE_OPTIONS, environment(workload)).drainTime / 1000 + EDGE_MARGIN_SECONDS
            : OTHERS_STOP_SECONDS;
        const grace = pod.terminationGracePeriodSeconds ?? 0;
        assert.ok(waits + stops < grace, `${name}: ${waits} s + ${stops} s, but ${grace} s`);
      }
    });

    test('rolled one by one, a new pod first', () => {
      for (const { strategy } of ours()) {
        assert.deepEqual(strategy, {
          type: 'RollingUpdate',
          rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
        });
      }
    });

    test('no secret is in the manifests', () => {
      assert.deepEqual(names('Secret'), []);
    });
  });
}

describe('what only production has', { skip }, () => {
  let manifests: readonly Manifest[];
  let workloads: readonly Workload[];

  before(async () => {
    manifests = await kustomize('k8s/overlays/prod');
    workloads = workloadsOf(manifests);
  });

  test('pods are spread over three zones', () => {
    for (const { name, pod } of workloads) {
      const [zones] = pod.topologySpreadConstraints ?? [];
      assert.equal(zones?.['topologyKey'], 'topology.kubernetes.io/zone', name);
      assert.equal(zones['whenUnsatisfiable'], 'DoNotSchedule', name);
      assert.equal(zones['minDomains'], 3, name);
      assert.ok(
        selects(zones['labelSelector'] as Selector, workloads.find((one) => one.name === name)?.labels ?? {}),
      );
    }
  });

  test('stations enter with TLS only', () => {
    const service = manifests.find(({ kind, metadata }) => kind === 'Service' && metadata.name === 'edge');
    const { ports } = service?.spec as { ports: { targetPort: string }[] };
    assert.deepEqual(
      ports.map(({ targetPort }) => targetPort),
      ['ocpp-tls'],
    );
  });

  test('how many edges and workers there are is left to KEDA, which scales what is there', () => {
    for (const { metadata, spec } of manifests.filter(({ kind }) => kind === 'ScaledObject')) {
      const { scaleTargetRef } = spec as { scaleTargetRef: { name: string } };
      assert.equal(scaleTargetRef.name, metadata.name);
      const target = workloads.find(({ name }) => name === scaleTargetRef.name);
      assert.ok(target !== undefined && target.replicas === undefined, metadata.name);
    }
  });

  test('no server of one piece, and no open mode', () => {
    assert.deepEqual(workloads.map(({ name }) => name).sort(), ['api', 'edge', 'worker']);
    assert.ok(!JSON.stringify(manifests).includes('STATIONMASTER_MODE'));
  });
});

function workloadClaims(manifests: readonly Manifest[], name: string): readonly string[] {
  const set = manifests.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === name);
  const { volumeClaimTemplates = [] } = (set?.spec ?? {}) as {
    volumeClaimTemplates?: { metadata: { name: string } }[];
  };
  return volumeClaimTemplates.map(({ metadata }) => metadata.name);
}
