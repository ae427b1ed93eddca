/**
 * Runs an image once and holds it to what docs/deploy.md says: not root, a read-only root, keys made by the image's own
 * command, TLS, its health check, an answer, a drain by SIGTERM that ends with 0. `npm run image` calls it with the
 * image's unpacked root and what `buildah inspect` says.
 */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../proxies/proxy-process.js";
import { BareSocket } from "../support/socket.js";
import { deployText, projectFolder } from "./deploy-files.js";
import { ended, type ImageRoot, innerProcess, startInImage } from "./sandbox.js";

interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly StopSignal: string;
  readonly Volumes: Readonly<Record<string, object>>;
  readonly Healthcheck: { readonly Test: readonly string[] };
}

const [, , root = "", inspected = ""] = process.argv;
const { config }: { config: ImageConfig } = JSON.parse(readFileSync(inspected, "utf8")).Docker;
const image: ImageRoot = { root, user: config.User, environment: config.Env };
const user = Number(config.User.split(":")[0]);

const work = mkdtempSync(join(tmpdir(), "headgate-image-"));
chmodSync(work, 0o755);
const certificates = join(projectFolder, "test/support/certificates");

/** A folder that belongs to the image's user. */
function ownFolder(name: string): string {
  const folder = join(work, name);
  mkdirSync(folder, { mode: 0o700 });
  chownSync(folder, user, user);
  return folder;
}

const [data, keys, tls] = [ownFolder("data"), ownFolder("keys"), ownFolder("tls")];
const [port, metricsPort] = [await freePort(), await freePort()];
/** The config of deploy/compose, on this machine's loopback address and ports that are free. */
const own = JSON.parse(deployText("compose/gateway.json")) as { metrics: object };
const metrics = { ...own.metrics, host: "127.0.0.1", port: metricsPort };
const gatewayConfig = join(work, "gateway.json");
writeFileSync(gatewayConfig, JSON.stringify({ ...own, host: "127.0.0.1", port, metrics }));
for (const [from, to] of [
  ["server.pem", "tls.crt"],
  ["server.key", "tls.key"],
] as const) {
  copyFileSync(join(certificates, from), join(tls, to));
  chownSync(join(tls, to), user, user);
}
const ca = readFileSync(join(certificates, "authority.pem"), "utf8");

const volume = { from: data, to: "/data", writable: true };
const mounts = [
  volume,
  { from: gatewayConfig, to: "/etc/headgate/gateway.json" },
  { from: keys, to: "/etc/headgate-keys" },
  { from: tls, to: "/etc/headgate-tls" },
];

/** Runs words in the image until they end. */
const run = (...words: string[]) => ended(startInImage(image, mounts, words));

/** Settles with the status of the gateway's port; 0 while nothing answers there. */
const status = (path: string) =>
  new Promise<number>((resolve) =>
    get({ host: "localhost", port, path, ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", () => resolve(0)),
  );

async function ready(gateway: ChildProcess): Promise<void> {
  for (let i = 0; i < 600; i++) {
    assert.equal(gateway.exitCode, null, "the gateway ended before it was ready");
    if ((await status("/v2/health/ready")) === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("not ready within 12 s and more");
}

const residentMb = (pid: number) =>
  Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);

async function refusesWithoutKeys(): Promise<void> {
  const words = [...config.Entrypoint, ...config.Cmd];
  const { code, said } = await ended(startInImage(image, [volume], words));
  assert.equal(code, 2, said);
  assert.match(said, /--insecure/);
  console.log("the image's own config has no keys: the gateway refuses to start, and says what to give it");
}

async function isConfined(): Promise<void> {
  const { said } = await run(
    "sh",
    "-c",
    "id -u; touch /app/x /x; touch /data/x && rm /data/x && echo data; touch /tmp/x && echo tmp",
  );
  assert.match(said, new RegExp(`^${user}$`, "m"));
  assert.equal(said.match(/Read-only file system/g)?.length, 2, said);
  assert.match(said, /^data$/m);
  assert.match(said, /^tmp$/m);
  console.log(`runs as user ${user}; the root is read-only, /data and /tmp are not`);
}

/** @returns the token, of a key that the image's own command made */
async function makeKey(): Promise<string> {
  const create = ["keys", "create", "--tenant", "alpha", "--scopes", "models:infer", "--expires", "90d"];
  const files = ["--keys", "/mnt/keys.json", "--token-file", "/mnt/token"];
  const writable = [{ from: keys, to: "/mnt", writable: true }];
  const words = [...config.Entrypoint, ...create, ...files];
  const { code, said } = await ended(startInImage(image, writable, words));
  assert.equal(code, 0, said);
  return readFileSync(join(keys, "token"), "utf8").trim();
}

async function serves(token: string): Promise<void> {
  for (const times of ["the first start, on an empty /data: models are proven", "a later start"]) {
    const began = performance.now();
    const gateway = startInImage(image, mounts, [...config.Entrypoint, ...config.Cmd]);
    const end = ended(gateway);
    await ready(gateway);
    console.log(`${times}: ready after ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    const health = await run(...config.Healthcheck.Test.slice(1));
    assert.equal(health.code, 0, health.said);
    const headers = { authorization: `Bearer ${token}` };
    const socket = await BareSocket.open(`wss://localhost:${port}/v1`, { headers, tls: { ca } });
    const tensor = { datatype: "FP32", shape: [2, 16], data: new Uint8Array(32 * 4) } as const;
    socket.send({ type: "infer", id: 1, model: "market-impact", inputs: { X: tensor } });
    assert.equal((await socket.answer(1)).type, "result");
    console.log(
      `health check 0; market-impact answered over TLS; resident memory ${residentMb(innerProcess(gateway))} MB`,
    );
    assert.equal(config.StopSignal, "SIGTERM");
    const stopping = performance.now();
    process.kill(innerProcess(gateway), "SIGTERM");
    assert.equal((await socket.closed).code, 1001);
    const { code, said } = await end;
    assert.equal(code, 0, said);
    assert.match(said, /"msg":"stopped"/);
    console.log(
      `SIGTERM: drained and ended with 0 after ${((performance.now() - stopping) / 1_000).toFixed(1)} s`,
    );
  }
  assert.equal((await run(...config.Healthcheck.Test.slice(1))).code, 1);
  console.log("health check 1 once it has stopped");
}

try {
  assert.deepEqual(Object.keys(config.Volumes), ["/data"]);
  await refusesWithoutKeys();
  await isConfined();
  await serves(await makeKey());
} finally {
  rmSync(work, { recursive: true, force: true });
}
