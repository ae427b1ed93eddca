/** The image, the compose file and the systemd unit fit the gateway that they start. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gatewayCommand } from "../../gateway/cli/serve.js";
import { requireSafeBinding } from "../../gateway/config/requirements.js";
import {
  deployText,
  gatewayConfig,
  projectFolder,
  seconds,
  stopSeconds,
  yamlDocument,
} from "./deploy-files.js";

const { version } = JSON.parse(readFileSync(join(projectFolder, "package.json"), "utf8")) as {
  version: string;
};
const containerfile = deployText("container/Containerfile");
const instruction = (name: string) => new RegExp(`^${name}\\s+(.*)$`, "m").exec(containerfile)?.[1] ?? "";
const imageConfig = gatewayConfig("container/gateway.json");

describe("the image", () => {
  it("exposes the ports of its config, and keeps what survives in its volume", () => {
    expect(instruction("EXPOSE").split(" ").map(Number)).toEqual([
      imageConfig.port,
      imageConfig.metrics.port,
    ]);
    expect(instruction("VOLUME")).toBe(imageConfig.data);
    expect(instruction("STOPSIGNAL")).toBe("SIGTERM");
  });

  it("does not run as root", () => {
    expect(instruction("USER")).toMatch(/^[1-9]\d{3,}:[1-9]\d{3,}$/);
  });

  it("asks its health by a command of the gateway, with the config that it starts with", () => {
    const entry = JSON.parse(instruction("ENTRYPOINT")) as string[];
    const words = JSON.parse(instruction("CMD")) as string[];
    const check = /HEALTHCHECK [^\n]*\\\n\s+CMD (\[.*\])/.exec(containerfile)?.[1] ?? "[]";
    expect(JSON.parse(check)).toEqual([...entry, "health", "live", ...words]);
    expect(entry.at(-1)).toMatch(/^\/app\/dist\/gateway\/cli\/headgate\.js$/);
    expect(containerfile).toContain(`COPY deploy/container/gateway.json ${words[1]}`);
  });

  it("refuses to serve strangers as it comes: its config has neither keys nor TLS", () => {
    expect(() => requireSafeBinding(imageConfig, false)).toThrow(/--insecure/);
  });

  it("has this project's version, wherever it is named", () => {
    expect(containerfile).toContain(`ARG VERSION=${version}\n`);
    expect(deployText("compose/compose.yaml")).toContain(`image: headgate:${version}\n`);
    expect(deployText("kubernetes/base/kustomization.yaml")).toContain(`newTag: ${version}\n`);
    expect(deployText("kubernetes/gpu/kustomization.yaml")).toContain(`newTag: ${version}-cuda\n`);
  });

  it("is built from the same files by Docker as by buildah", () => {
    expect(readFileSync(join(projectFolder, ".containerignore"), "utf8")).toBe(
      deployText("container/Containerfile.dockerignore"),
    );
  });
});

interface ComposeService {
  readonly read_only?: boolean;
  readonly init?: boolean;
  readonly cap_drop: readonly string[];
  readonly stop_grace_period?: string;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
}

describe("the compose file", () => {
  const config = gatewayConfig("compose/gateway.json");
  const { services } = yamlDocument<{
    services: Record<"headgate" | "prometheus" | "grafana", ComposeService>;
  }>("compose/compose.yaml");

  it("starts a gateway behind TLS and keys, with a read-only root and time to drain", () => {
    expect(() => requireSafeBinding(config, false)).not.toThrow();
    const { headgate } = services;
    expect(headgate).toMatchObject({ read_only: true, init: true, cap_drop: ["ALL"] });
    expect(headgate.ports).toEqual([`${config.port}:${config.port}`]);
    expect(seconds(headgate.stop_grace_period ?? "0s")).toBeGreaterThan(stopSeconds(config));
    const targets = headgate.volumes.map((volume) => volume.split(":")[1] ?? "");
    expect(targets).toContain(config.data);
    for (const path of [config.tls?.cert, config.tls?.key, config.auth.keys_file])
      expect(
        targets.some((target) => path?.startsWith(`${target}/`)),
        path,
      ).toBe(true);
  });

  it("publishes Prometheus and Grafana on this machine only, and the metrics' port nowhere", () => {
    for (const { ports } of [services.prometheus, services.grafana])
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it("lets Prometheus scrape where the gateway answers", () => {
    const { scrape_configs } = yamlDocument<{
      scrape_configs: { scheme: string; static_configs: { targets: string[] }[] }[];
    }>("prometheus/prometheus.yml");
    expect(scrape_configs.map(({ scheme }) => scheme)).toEqual([config.metrics.tls ? "https" : "http"]);
    expect(scrape_configs[0]?.static_configs[0]?.targets).toEqual([`headgate:${config.metrics.port}`]);
  });
});

describe("the systemd unit", () => {
  const unit = deployText("systemd/headgate.service");
  const setting = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
  const config = gatewayConfig("systemd/gateway.json");

  it("starts the gateway with flags that it has, on files below the unit's own folders", () => {
    const words = setting("ExecStart").split(" ");
    for (const flag of words.filter((word) => word.startsWith("--")))
      expect(gatewayCommand().options.map(({ long }) => long)).toContain(flag);
    const own = `/etc/${setting("ConfigurationDirectory")}/`;
    for (const path of [words[words.indexOf("--config") + 1], config.tls?.cert, config.auth.keys_file])
      expect(path?.startsWith(own), path).toBe(true);
    expect(config.data).toBe(`/var/lib/${setting("StateDirectory")}`);
    expect(() => requireSafeBinding(config, false)).not.toThrow();
  });

  it("gives a stop more time than the drain takes", () => {
    expect(Number(setting("TimeoutStopSec"))).toBeGreaterThan(stopSeconds(config));
  });

  it("lets V8 compile, and allows little else", () => {
    expect(unit).not.toMatch(/^MemoryDenyWriteExecute=/m);
    for (const line of [
      "NoNewPrivileges=yes",
      "ProtectSystem=strict",
      "CapabilityBoundingSet=",
      "Restart=on-failure",
    ])
      expect(unit.split("\n")).toContain(line);
  });
});
