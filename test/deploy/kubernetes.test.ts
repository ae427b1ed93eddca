/** What the Kubernetes manifests say of the gateway is true of it: ports, paths, files, times, flags. */
import { describe, expect, it } from "vitest";
import { gatewayCommand } from "../../gateway/cli/serve.js";
import { requireSafeBinding } from "../../gateway/config/requirements.js";
import { descriptorsReserved } from "../../gateway/process/descriptors.js";
import {
  deployFiles,
  deployText,
  gatewayConfig,
  stopSeconds,
  yamlDocument,
  yamlDocuments,
} from "./deploy-files.js";

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string; readonly scheme?: string };
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
  readonly resources: { readonly requests: { readonly cpu: string }; readonly limits: object };
  readonly securityContext: object;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: true;
  }[];
}
interface StatefulSet {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas?: number;
    readonly serviceName: string;
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: object;
        readonly containers: readonly [Container];
        readonly volumes: readonly { readonly name: string }[];
      };
    };
    readonly volumeClaimTemplates: readonly { readonly metadata: { readonly name: string } }[];
  };
}
interface Service {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly selector: object;
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
  };
}

const base = "kubernetes/base";
const config = gatewayConfig(`${base}/gateway.json`);
const set = yamlDocument<StatefulSet>(`${base}/statefulset.yaml`);
const pod = set.spec.template.spec;
const [container] = pod.containers;
const portOf = (name: string) => container.ports.find((port) => port.name === name)?.containerPort;

describe("the pods of deploy/kubernetes", () => {
  it("listen where the config says, with TLS, and need no --insecure", () => {
    expect([portOf("gateway"), portOf("metrics")]).toEqual([config.port, config.metrics.port]);
    for (const { spec } of yamlDocuments<Service>(`${base}/services.yaml`))
      for (const { port, targetPort } of spec.ports) expect(port).toBe(portOf(targetPort));
    expect(() => requireSafeBinding(config, false)).not.toThrow();
  });

  it("are asked for their health at the metrics port, by paths and a scheme that are there", () => {
    const { startupProbe, readinessProbe, livenessProbe } = container;
    const scheme = config.metrics.tls ? "HTTPS" : undefined;
    const at = (path: string) => ({ httpGet: { path, port: "metrics", scheme } });
    // test/http shows that both paths are answered at both ports.
    expect(startupProbe).toMatchObject(at("/v2/health/live"));
    expect(readinessProbe).toMatchObject(at("/v2/health/ready"));
    expect(livenessProbe).toMatchObject(at("/v2/health/live"));
  });

  it("have more time to end than the drain takes", () => {
    const { seconds } = container.lifecycle.preStop.sleep;
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(seconds + stopSeconds(config));
  });

  it("are started with flags that the gateway has, and with files that are mounted", () => {
    const flags = container.args.filter((word) => word.startsWith("--"));
    expect(flags.length).toBeGreaterThan(0);
    for (const flag of flags) expect(gatewayCommand().options.map(({ long }) => long)).toContain(flag);
    const mounted = (path: string | undefined) =>
      container.volumeMounts.find(({ mountPath }) => path?.startsWith(`${mountPath}/`));
    const { args } = container;
    for (const path of [
      args[args.indexOf("--config") + 1],
      config.tls?.cert,
      config.tls?.key,
      config.auth.keys_file,
    ])
      expect(mounted(path), path).toMatchObject({ readOnly: true });
    const data = mounted(config.data);
    expect(data?.readOnly).toBeUndefined();
    // A volume of ext4 has lost+found at its root: the gateway makes a folder of its own below.
    expect(config.data).not.toBe(data?.mountPath);
    expect(set.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name)).toEqual([data?.name]);
    const volumes = [...pod.volumes.map(({ name }) => name), data?.name];
    expect(container.volumeMounts.map(({ name }) => name).sort()).toEqual(volumes.sort());
  });

  it("pass the restricted profile, and run as the image's user", () => {
    const user = Number(/^USER (\d+):/m.exec(deployText("container/Containerfile"))?.[1]);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: user,
      fsGroup: user,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("have as many workers as they ask CPUs for: a gateway counts the node's cores and not its share", () => {
    const { model_workers, numeric_workers } = config.engine;
    // One core is the socket thread's.
    expect(model_workers + numeric_workers + 1).toBeLessThanOrEqual(Number(container.resources.requests.cpu));
    const { engine } = JSON.parse(deployText(`${base}/gateway.json`)) as { engine: object };
    expect(Object.keys(engine)).toEqual(expect.arrayContaining(["model_workers", "numeric_workers"]));
  });

  it("are found by both services, the budget, the policy and the autoscaler", () => {
    const { labels } = set.spec.template.metadata;
    const services = yamlDocuments<Service>(`${base}/services.yaml`);
    for (const { spec } of services) expect(labels).toMatchObject(spec.selector);
    expect(services.map(({ metadata }) => metadata.name)).toContain(set.spec.serviceName);
    const budget = yamlDocument<{ spec: { selector: { matchLabels: object } } }>(
      `${base}/disruption-budget.yaml`,
    );
    expect(labels).toMatchObject(budget.spec.selector.matchLabels);
    const policy = yamlDocument<{
      spec: { podSelector: { matchLabels: object }; ingress: { ports: { port: string }[] }[] };
    }>(`${base}/network-policy.yaml`);
    expect(labels).toMatchObject(policy.spec.podSelector.matchLabels);
    for (const { ports } of policy.spec.ingress)
      for (const { port } of ports) expect(portOf(port)).toBeDefined();
    const scaler = yamlDocument<{ spec: { scaleTargetRef: object; minReplicas: number } }>(
      `${base}/autoscaler.yaml`,
    );
    expect(scaler.spec.scaleTargetRef).toMatchObject({ kind: "StatefulSet", name: set.metadata.name });
    expect(set.spec.replicas).toBeUndefined();
    // The budget lets one go at a time: with a single gateway nobody would be left.
    expect(scaler.spec.minReplicas).toBeGreaterThan(1);
  });

  it("are scaled by a figure that the adapter's rule makes", () => {
    const scaler = yamlDocument<{ spec: { metrics: { pods: { metric: { name: string } } }[] } }>(
      `${base}/autoscaler.yaml`,
    );
    const asked = scaler.spec.metrics.map(({ pods }) => pods.metric.name);
    const adapter = yamlDocument<{ data: { "config.yaml": string } }>(`${base}/prometheus-adapter.yaml`);
    for (const name of asked) expect(adapter.data["config.yaml"]).toContain(`as: ${name}\n`);
  });

  it("are all in the kustomization, but for what belongs elsewhere or needs cert-manager", () => {
    const { resources } = yamlDocument<{ resources: string[] }>(`${base}/kustomization.yaml`);
    const apart = ["kustomization.yaml", "prometheus-adapter.yaml", "certificate.yaml"];
    const present = deployFiles(".yaml")
      .filter((name) => name.startsWith(`${base}/`))
      .map((name) => name.slice(base.length + 1));
    expect([...resources, ...apart].sort()).toEqual(present);
  });
});

it("descriptors are enough for every gateway's limits where a manifest sets their number", () => {
  const { connections, unauthenticated_connections, http_connections } = config.limits;
  const needed = connections + unauthenticated_connections + http_connections + descriptorsReserved;
  const unit = Number(/^LimitNOFILE=(\d+)$/m.exec(deployText("systemd/headgate.service"))?.[1]);
  const compose = yamlDocument<{ services: { headgate: { ulimits: { nofile: number } } } }>(
    "compose/compose.yaml",
  );
  expect(Math.min(unit, compose.services.headgate.ulimits.nofile)).toBeGreaterThanOrEqual(needed);
});
