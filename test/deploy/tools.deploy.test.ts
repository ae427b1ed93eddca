/**
 * The judges of others over deploy/: kubernetes-validate, hadolint, promtool, the compose specification's schema and
 * systemd-analyze. test/deploy/requirements.txt has those that are Python packages, for the interpreter that
 * HEADGATE_PYTHON names; promtool is Debian's (package prometheus), systemd-analyze too (systemd).
 */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { deployFiles, deployPath, deployText, projectFolder, yamlDocument } from "./deploy-files.js";

const python = process.env["HEADGATE_PYTHON"];
const path = [...(python === undefined ? [] : [dirname(python)]), process.env["PATH"]].join(delimiter);

/** Settles with the exit status and all that was said; the status is 127 where there is no such program. */
function run(program: string, ...words: string[]): Promise<{ code: number; said: string }> {
  return new Promise((resolve) =>
    execFile(
      program,
      words,
      { cwd: projectFolder, env: { ...process.env, PATH: path } },
      (error, stdout, stderr) =>
        resolve({
          code: error === null ? 0 : typeof error.code === "number" ? error.code : 127,
          said: stdout + stderr + (error === null ? "" : error.message),
        }),
    ),
  );
}

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "headgate-deploy-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function written(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe("kubernetes-validate", () => {
  // The kustomizations are kustomize's own, the certificate is of cert-manager's kinds, and gpu/gpu.yaml is a patch.
  const manifests = deployFiles(".yaml").filter(
    (name) => name.startsWith("kubernetes/base/") && !/kustomization|certificate/.test(name),
  );

  it("finds each manifest valid", async () => {
    expect(manifests.length).toBeGreaterThan(6);
    const { code, said } = await run("kubernetes-validate", "--strict", ...manifests.map(deployPath));
    expect(code, said).toBe(0);
    for (const name of manifests) expect(said).toContain(name);
  });

  it("would find one that is not", async () => {
    const wrong = deployText("kubernetes/base/statefulset.yaml").replace(
      "containerPort: 8470",
      "containerPort: many",
    );
    expect((await run("kubernetes-validate", "--strict", written("wrong.yaml", wrong))).code).toBe(1);
  });
});

describe("hadolint", () => {
  it("finds nothing in the Containerfile", async () => {
    const { code, said } = await run("hadolint", deployPath("container/Containerfile"));
    expect(code, said).toBe(0);
  });

  it("would find a root that builds by a shell's pipe", async () => {
    const wrong = written("Containerfile", "FROM debian\nRUN cd /tmp && wget -O - x | sh\n");
    expect((await run("hadolint", wrong)).code).toBe(1);
  });
});

describe("promtool", () => {
  it("finds the rules and the scrape valid", async () => {
    const rules = await run("promtool", "check", "rules", deployPath("prometheus/rules.yml"));
    expect(rules.code, rules.said).toBe(0);
    const scrape = await run(
      "promtool",
      "check",
      "config",
      "--syntax-only",
      deployPath("prometheus/prometheus.yml"),
    );
    expect(scrape.code, scrape.said).toBe(0);
  });

  it("finds the cluster's scrape valid, but for the discovery that Debian's build does not have", async () => {
    const { rule_files: _, ...config } = yamlDocument<{
      rule_files: object;
      scrape_configs: Record<string, unknown>[];
    }>("prometheus/kubernetes.yml");
    for (const scrape of config.scrape_configs) {
      expect(scrape["kubernetes_sd_configs"]).toEqual([{ role: "pod", namespaces: { names: ["headgate"] } }]);
      delete scrape["kubernetes_sd_configs"];
    }
    const { code, said } = await run(
      "promtool",
      "check",
      "config",
      "--syntax-only",
      written("k.yml", stringify(config)),
    );
    expect(code, said).toBe(0);
  });

  it("sees each alert on its fault, and none on a gateway in good health", async () => {
    const { code, said } = await run("promtool", "test", "rules", "test/deploy/rules.test.yml");
    expect(code, said).toBe(0);
  });
});

describe("the compose specification's schema", () => {
  it("takes the compose file", async () => {
    const check = ["--builtin-schema", "vendor.compose-spec"];
    const { code, said } = await run("check-jsonschema", ...check, deployPath("compose/compose.yaml"));
    expect(code, said).toBe(0);
    const wrong = written("wrong.yaml", "services: { a: { image: b, read_only: perhaps, prots: [] } }\n");
    expect((await run("check-jsonschema", ...check, wrong)).code).toBe(1);
  });
});

describe("systemd-analyze", () => {
  // The program is not installed here: another one that is stands in for it.
  const unit = () =>
    written(
      "headgate.service",
      deployText("systemd/headgate.service").replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`),
    );

  it("finds the unit valid", async () => {
    const { code, said } = await run("systemd-analyze", "verify", "--man=no", unit());
    expect({ code, said }).toEqual({ code: 0, said: "" });
  });

  it("rates its exposure at 2 of 10 or better", async () => {
    const { code, said } = await run(
      "systemd-analyze",
      "security",
      "--offline=true",
      "--threshold=20",
      unit(),
    );
    expect(said).toMatch(/Overall exposure level for headgate\.service: [01]\.\d OK/);
    expect(code).toBe(0);
  });
});
