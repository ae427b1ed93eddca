/**
 * `npm pack` at the root, installed as a user does it: in an empty folder whose path has a space, from the registry,
 * with whatever install scripts npm runs. Nothing of the repository is used afterwards, and nothing is written into
 * the installed package.
 */
import { execFile } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { spawnHeld } from "../../load-tests/harness/held.js";
import { broughtPackages } from "../../packaging/brought-packages.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "headgate packed "));
const project = join(folder, "a user's project");
const installed = join(project, "node_modules/headgate");
/** The settings of the `npm run` that runs this suite would hold for the user's npm too: scripts switched off. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

const run = (command: string, args: readonly string[], cwd = project) =>
  promisify(execFile)(command, args, { cwd, env, maxBuffer: 16 << 20 });
/** The command as the shell finds it: a symbolic link in node_modules/.bin. */
const command = join(project, "node_modules/.bin/headgate");
const headgate = (...args: string[]) => run(command, args);

let packed: Packed;
beforeAll(async () => {
  mkdirSync(project);
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const [gateway] = JSON.parse((await run("npm", pack, root)).stdout) as [Packed];
  const [client] = JSON.parse((await run("npm", [...pack, "-w", "headgate-client"], root)).stdout) as [
    Packed,
  ];
  packed = gateway;
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const tarballs = [gateway, client].map(({ filename }) => join(folder, filename));
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...tarballs]);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true }));

it("holds what runs, the models and the documents, within 40 MB", () => {
  const paths = packed.files.map(({ path }) => path);
  for (const path of [
    "LICENSE",
    "README.md",
    "PROTOCOL.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "docs/operations.md",
    "dist/page/index.html",
    // What `headgate trainer install` and the processes that train are made of.
    "training/trainer/requirements/base.txt",
    "training/trainer/requirements/boosting.txt",
    "training/trainer/src/headgate_trainer/__main__.py",
  ])
    expect(paths).toContain(path);
  const models = readdirSync(join(root, "models"));
  expect(models.filter((model) => !paths.includes(`models/${model}/config.json`))).toEqual([]);
  expect(
    paths
      .filter((path) => /^(test|training|client|node_modules|\.ci)\/|\.map$|\.tsbuildinfo$/.test(path))
      .filter(
        (path) => !/^training\/trainer\/(src\/.*\.py|requirements\/\w+\.txt|pyproject\.toml)$/.test(path),
      ),
  ).toEqual([]);
  expect(paths.filter((path) => /\.ts$/.test(path))).toEqual([]);
  expect(packed.size).toBeLessThan(40e6); // 28 MB are ONNX Runtime for two kinds of Linux, 4 MB news-tone
  expect(packed.unpackedSize).toBeLessThan(100e6);
  for (const { name } of broughtPackages) expect(paths).toContain(`dist/node_modules/${name}/LICENSE`);
});

it("brings no package that downloads or compiles when it is installed", () => {
  const folders = readdirSync(join(project, "node_modules"), { recursive: true, encoding: "utf8" })
    .filter((path) => /(^|\/)package\.json$/.test(path))
    .map((path) => JSON.parse(readFileSync(join(project, "node_modules", path), "utf8")));
  const running = folders.filter(
    ({ scripts = {} }) => scripts.preinstall ?? scripts.install ?? scripts.postinstall,
  );
  // The first three only look whether their package for this system is there; webgpu's does nothing except on macOS.
  const known = ["bufferutil", "lmdb", "msgpackr-extract", "webgpu"];
  expect([...new Set(running.map(({ name }) => name))].sort()).toEqual(known);
  for (const name of ["gl", "gpu.js", "onnxruntime-node"])
    expect(existsSync(join(project, "node_modules", name))).toBe(false);
  expect(readdirSync(join(project, "node_modules")).filter((name) => name === "webgpu")).toHaveLength(1);
});

const program = `
import { connect, tensor } from "headgate-client";
const gate = await connect(process.argv[2]);
const X = tensor([Array.from({ length: 16 }, () => 0)]);
const { outputs } = await gate.infer("market-impact", { X });
console.log(typeof outputs["impact_bps"].data[0]);
const scaled = await gate.infer("standard_scaler", { X: tensor([[1], [3]], "FP64") });
console.log(scaled.outputs["mean"].data.join());
await gate.close();
`;

it("serves the shipped models in an empty folder, answers the packed client, and ends with 0", async () => {
  const before = stateOf(installed);
  const working = join(project, "empty");
  mkdirSync(working);
  const { port, stop } = await started(command, working);
  expect((await fetch(`http://127.0.0.1:${port}/v2/health/ready`)).status).toBe(200);
  const page = await (await fetch(`http://127.0.0.1:${port}/`)).text();
  const [, script] = /src="(page\/main[^"]+)"/.exec(page) ?? [];
  expect((await fetch(`http://127.0.0.1:${port}/${script}`)).status).toBe(200);
  writeFileSync(join(project, "agent.js"), program);
  const { stdout } = await run(process.execPath, ["agent.js", `ws://127.0.0.1:${port}/v1`]);
  expect(stdout).toBe("number\n2\n");
  const log = await stop();
  const lines = log
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text) as { msg: string; models?: unknown });
  const told = lines.find(({ msg }) => msg.startsWith("there is no folder models here"));
  expect(told?.models).toBe(join(realpathSync(installed), "models"));
  const served = lines.find(({ msg }) => msg === "ready")?.models as string[];
  expect(readdirSync(join(installed, "models")).filter((model) => !served.includes(`${model}@1`))).toEqual(
    [],
  );
  expect(readdirSync(working)).toEqual(["data"]);
  expect(statSync(join(working, "data")).mode & 0o777).toBe(0o700);
  expect(stateOf(installed)).toEqual(before);
}, 120_000);

it("each command works, or says what it needs", async () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  expect((await run("npx", ["headgate", "--version"])).stdout).toBe(`${version}\n`);
  const { stdout, stderr } = await headgate("models", "list", "--json");
  expect((JSON.parse(stdout) as { state: string }[]).map(({ state }) => state)).toEqual(
    readdirSync(join(root, "models")).map(() => "serves"),
  );
  expect(stderr).toContain("the models that come with the package are used");
  await expect(headgate("bench", "wire")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining("clone the repository"),
  });
  const made = await headgate(
    "keys",
    "create",
    "--tenant",
    "alpha",
    "--scopes",
    "all",
    "--token-file",
    "token",
    "--json",
  );
  expect(JSON.parse(made.stdout)).toMatchObject({ tenant: "alpha", token_file: "token" });
  for (const name of ["health", "load", "regimes", "providers", "demo", "compact"])
    expect((await headgate(name, "--help")).stdout).toContain("Usage:");
  const load = await headgate("load", "steady", "--seconds", "1", "--json");
  expect(load.stdout).toContain('"scenario":"steady"');
}, 120_000);

it("also serves where npm ran no install script, and without the optional package", async () => {
  const other = join(folder, "no scripts");
  mkdirSync(other);
  const flags = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...flags, join(folder, packed.filename)], other);
  rmSync(join(other, "node_modules/msgpackr-extract"), { recursive: true, force: true });
  const { stop } = await started(join(other, "node_modules/.bin/headgate"), other);
  expect(await stop()).toContain("market-impact@1");
}, 120_000);

/** A gateway that is ready. `stop` ends it, sees that it ends with 0, and gives its log. */
async function started(program: string, cwd: string) {
  const server = spawnHeld([program, "--port", "0"], { cwd, env });
  let log = "";
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding("utf8").on("data", (text) => (log += text));
  const ended = once(server, "exit");
  const line = await Promise.race([
    lineOf(() => log, '"msg":"listening"'),
    ended.then(() => Promise.reject(new Error(log))),
  ]);
  await lineOf(() => log, '"msg":"ready"');
  const stop = async () => {
    server.kill("SIGTERM");
    expect(await ended).toEqual([0, null]);
    return log;
  };
  return { port: (JSON.parse(line) as { port: number }).port, stop };
}

/** What a change of any file of the package would change. */
function stateOf(path: string): readonly string[] {
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .map((file) => join(path, file))
    .map((file) => `${relative(path, file)} ${statSync(file).mtimeMs} ${statSync(file).size}`)
    .sort();
}

async function lineOf(log: () => string, part: string): Promise<string> {
  for (;;) {
    const line = log()
      .split("\n")
      .find((text) => text.includes(part));
    if (line !== undefined) return line;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
