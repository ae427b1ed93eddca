/**
 * Runs an image once and holds it to what docs/deploy.md says: not root, a read-only root, its health check, an answer,
 * a drain by SIGTERM that ends with 0. `npm run image` calls it with the image's unpacked root and `buildah inspect`.
 */
import assert from "node:assert/strict";
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, tensor } from "../../client/typescript/index.js";
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

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert(typeof address === "object" && address !== null);
  return address.port;
}

const work = mkdtempSync(join(tmpdir(), "headgate-image-"));
const data = mkdtempSync(join(work, "data-"));
const [user = ""] = config.User.split(":");
chownSync(data, Number(user), Number(user));
const port = await freePort();
const http = `http://127.0.0.1:${port}`;
const gatewayConfig = join(work, "gateway.json");
const key = { sha256: createHash("sha256").update("token-of-the-trial").digest("hex"), tenant: "trial" };
writeFileSync(
  gatewayConfig,
  JSON.stringify({ port, data: "/data", models: "/app/models", auth: { keys: [key] } }),
);
const mounts = { data, config: gatewayConfig };

/** Runs words in the image until they end. */
const run = (...words: string[]) => ended(startInImage(image, mounts, words));

async function ready(gateway: ChildProcess): Promise<void> {
  for (let i = 0; i < 600; i++) {
    assert.equal(gateway.exitCode, null, "the gateway ended before it was ready");
    const status = await fetch(`${http}/v2/health/ready`).then(
      (answer) => answer.status,
      () => 0,
    );
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("not ready within 12 s and more");
}

const residentMb = (pid: number) =>
  Math.round(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);

async function refusesWithoutKeys(): Promise<void> {
  const { code, said } = await ended(startInImage(image, { data }, [...config.Entrypoint, ...config.Cmd]));
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

async function serves(): Promise<void> {
  for (const times of ["the first start, on an empty /data: models are proven", "a later start"]) {
    const began = performance.now();
    const gateway = startInImage(image, mounts, [...config.Entrypoint, ...config.Cmd]);
    const end = ended(gateway);
    await ready(gateway);
    console.log(`${times}: ready after ${((performance.now() - began) / 1_000).toFixed(1)} s`);
    const health = await run(...config.Healthcheck.Test.slice(1));
    assert.equal(health.code, 0, health.said);
    const gate = await connect(`ws://127.0.0.1:${port}/v1`, { token: "token-of-the-trial" });
    const answer = await gate.infer("market-impact", { X: tensor(new Float32Array(32), [2, 16]) });
    assert.equal(Object.values(answer.outputs)[0]?.shape[0], 2);
    console.log(
      `health check 0; market-impact answered; resident memory ${residentMb(innerProcess(gateway))} MB`,
    );
    assert.equal(config.StopSignal, "SIGTERM");
    const stopping = performance.now();
    process.kill(innerProcess(gateway), "SIGTERM");
    const { code, said } = await end;
    await gate.close();
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
  await serves();
} finally {
  rmSync(work, { recursive: true, force: true });
}
