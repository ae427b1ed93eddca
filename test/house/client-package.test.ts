/** The TypeScript client's tarball installs into an empty folder without a network, runs there, and has its types. */
import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type TestGateway } from "../support/gateway.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "headgate-package-"));
const tarballs = join(folder, "tarballs");
const project = join(folder, "project");

const program = `
import { connect, type InferResult, type RegimePath, tensor, UnavailableError } from "headgate-client";

const gate = await connect(process.argv[2] ?? "", { onBack: ({ lastedMs }) => console.log(lastedMs) });
const X = tensor([Array.from({ length: 16 }, () => 0)]);
const result: InferResult = await gate.infer("market-impact", { X });
const path: RegimePath | undefined = undefined;
console.log(result.source, typeof result.outputs["impact_bps"]?.data[0], path, UnavailableError.name);
console.log(gate.metrics.calls);
await gate.close();
`;

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
  mkdirSync(tarballs);
  mkdirSync(project);
  // The client is built already.
  const pack = ["pack", "--silent", "--ignore-scripts", "--pack-destination", tarballs];
  await run("npm", [...pack, "-w", "headgate-client"], { cwd: root });
  const { dependencies } = JSON.parse(readFileSync(join(root, "client/typescript/package.json"), "utf8"));
  const packages = Object.keys(dependencies).map((name) => join(root, "node_modules", name));
  await run("npm", [...pack, ...packages], { cwd: root });
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const install = ["install", "--offline", "--no-audit", "--no-fund", "--omit=optional", "--ignore-scripts"];
  const files = readdirSync(tarballs).map((file) => join(tarballs, file));
  await run("npm", [...install, "--cache", join(folder, "cache"), ...files], { cwd: project });
}, 120_000);
afterAll(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true });
});

it("holds the two builds, their types, the README and the licence, and no other files of the repository", () => {
  const inside = (path: string) => existsSync(join(project, "node_modules/headgate-client", path));
  const built = "dist/client/typescript";
  expect(
    [`${built}/index.js`, `${built}/index.d.ts`, `${built}/browser.js`, "README.md", "LICENSE"].filter(
      (path) => !inside(path),
    ),
  ).toEqual([]);
  expect(["gateway", "engines", "dist/gateway", "index.ts", "dist/.tsbuildinfo"].filter(inside)).toEqual([]);
});

it("a .ts file is checked against its types in the strict way, without Node's, and runs when it was compiled", async () => {
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  writeFileSync(
    join(project, "globals.d.ts"),
    "declare const process: { readonly argv: readonly string[] };\n",
  );
  writeFileSync(join(project, "agent.ts"), program);
  const options = ["--module", "nodenext", "--target", "es2023", "--strict", "--skipLibCheck", "false"];
  await run(process.execPath, [tsc, ...options, "globals.d.ts", "agent.ts"], { cwd: project });
  const { stdout, stderr } = await run(process.execPath, ["agent.js", gateway.url], { cwd: project });
  expect(stderr).toBe("");
  expect(stdout).toBe(
    "gateway number undefined UnavailableError\n[ { outcome: 'ok', source: 'gateway', count: 1 } ]\n",
  );

  writeFileSync(join(project, "wrong.ts"), 'import { connect } from "headgate-client";\nconnect(8470);\n');
  const check = run(process.execPath, [tsc, ...options, "--noEmit", "wrong.ts"], { cwd: project });
  await expect(check).rejects.toMatchObject({ stdout: expect.stringContaining("wrong.ts(2,9)") });
}, 60_000);

it("a .ts file runs with tsx as it is", async () => {
  writeFileSync(join(project, "direct.ts"), program);
  const tsx = join(root, "node_modules/tsx/dist/cli.mjs");
  const { stdout } = await run(process.execPath, [tsx, "direct.ts", gateway.url], { cwd: project });
  expect(stdout).toContain("gateway number undefined UnavailableError");
}, 60_000);
