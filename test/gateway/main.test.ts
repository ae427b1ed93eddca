/** The command line, run as an operator does. */
import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { spawnHeld } from "../../load-tests/harness/held.js";
import { offered, RawPeer, rawFrame, upgradeRequest } from "../support/raw-peer.js";
import { slowInfer } from "../support/slow-fit.js";
import { BareSocket, refusedUpgrade } from "../support/socket.js";
import { codec, messageOf } from "../support/transport.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "headgate-main-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

class Command {
  /** Arguments for Node itself. */
  static nodeArguments: readonly string[] = [];
  readonly exited: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly error: string;
  }>;
  private readonly lines: Record<string, unknown>[] = [];
  private readonly child: ChildProcess;
  private error = "";
  private wake: () => void = () => {};

  constructor(...args: string[]) {
    this.child = spawnHeld([...Command.nodeArguments, "dist/gateway/main.js", ...args], { cwd: root });
    onTestFinished(() => void this.child.kill("SIGKILL"));
    let rest = "";
    this.child.stdout?.on("data", (chunk: Buffer) => {
      const parts = (rest + chunk.toString()).split("\n");
      rest = parts.pop() ?? "";
      for (const line of parts) this.lines.push(JSON.parse(line));
      this.wake();
    });
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.error += chunk.toString();
    });
    this.exited = new Promise((resolve) =>
      this.child.on("close", (code, signal) => {
        resolve({ code, signal, error: this.error });
        this.wake();
      }),
    );
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits for the log line with this message. */
  async line(msg: string): Promise<Record<string, unknown>> {
    for (;;) {
      const found = this.lines.find((line) => line["msg"] === msg);
      if (found !== undefined) return found;
      if (this.child.exitCode !== null) throw new Error(`it ended: ${this.error}`);
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
  }
}

async function emptyFolder(): Promise<string> {
  const empty = join(folder, "no-models");
  await mkdir(empty, { recursive: true });
  return empty;
}

async function written(name: string, content: unknown): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("a config that cannot be used stops it with 2, and the key", () => {
  it.each<[string, unknown, RegExp]>([
    ["unknown.json", { prot: 1 }, /did not start\.\nprot: no such setting; there are host, /],
    ["wrong.json", { limits: { connections: 0 } }, /limits\.connections: .*, got 0/],
    ["broken.json", "{", /--config .*broken\.json: .*JSON/],
    ["list.json", [], /--config .*list\.json: must be a JSON object/],
    ["open.json", { host: "0.0.0.0" }, /host: 0\.0\.0\.0 can be reached from other machines/],
  ])("%s", async (name, content, message) => {
    const { code, error } = await new Command("--config", await written(name, content)).exited;
    expect(error).toMatch(message);
    expect(code).toBe(2);
  });
});

it.each([
  [["--port", "web"], /a port is an integer from 0 to 65535/],
  [["--prot", "1"], /unknown option '--prot'/],
  [["--config", "no/such.json"], /--config no\/such\.json: ENOENT/],
])("%j is refused", async (args, message) => {
  const { code, error } = await new Command(...args).exited;
  expect(error).toMatch(message);
  expect(code).not.toBe(0);
});

it("a port that is taken stops it with 1", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
  const address = taken.address();
  const port = typeof address === "object" ? String(address?.port) : "";
  const { code, error } = await new Command("--port", port, "--data", folder).exited;
  taken.close();
  expect(error).toMatch(/did not start\.\n.*EADDRINUSE/);
  expect(code).toBe(1);
});

it("SIGTERM drains: what is in flight is answered, what is new is refused, and it exits with 0", async () => {
  const config = await written("good.json", {
    port: 1,
    engine: { model_workers: 1, numeric_workers: 1 },
    drain: { deadline_ms: 20_000 },
  });
  const command = new Command("--config", config, "--port", "0", "--data", folder); // flags take precedence
  const { port } = await command.line("listening");
  await command.line("ready");
  const url = `ws://127.0.0.1:${port}/v1`;
  const socket = await BareSocket.open(url);
  socket.send(slowInfer(1), { type: "describe", id: 2 });
  await socket.answer(2);
  command.kill("SIGTERM");
  await socket.next(({ type }) => type === "drain");
  expect(await refusedUpgrade(url)).toMatchObject({ status: 503, retryAfter: "1" });
  expect((await fetch(`http://127.0.0.1:${port}/v2/health/ready`)).status).toBe(503);
  expect((await fetch(`http://127.0.0.1:${port}/v2/health/live`)).status).toBe(200);
  socket.send({ type: "describe", id: 3 });
  expect(await socket.answer(3)).toMatchObject({ code: "unavailable", processed: "no", retryable: true });
  expect(socket.frames.some((frame) => "id" in frame && frame.id === 1)).toBe(false);
  socket.send({ type: "cancel", id: 1 }); // the fit would otherwise run for ever
  expect(await socket.answer(1)).toMatchObject({ type: "error", code: "cancelled" });
  expect(await socket.closed).toMatchObject({ code: 1001 });
  expect(await command.exited).toMatchObject({ code: 0 });
});

it("SIGTERM lets a request that was accepted finish with its result", async () => {
  const command = new Command("--port", "0", "--data", folder);
  const { port } = await command.line("listening");
  await command.line("ready");
  const socket = await BareSocket.open(`ws://127.0.0.1:${port}/v1`);
  const finite = { n_components: 2, n_iter: 300, tol: -1 };
  for (let id = 1; id <= 5; id++) socket.send(slowInfer(id, { parameters: finite }));
  socket.send({ type: "describe", id: 9 });
  await socket.answer(9);
  command.kill("SIGTERM");
  for (let id = 1; id <= 5; id++) expect(await socket.answer(id)).toMatchObject({ type: "result", id });
  expect(await socket.closed).toMatchObject({ code: 1001 });
  expect((await command.exited).code).toBe(0);
});

it("what still waits at the drain's deadline is told, and it exits all the same", async () => {
  const config = await written("short.json", { drain: { deadline_ms: 100 } });
  const command = new Command("--config", config, "--port", "0", "--data", folder);
  const { port } = await command.line("listening");
  await command.line("ready");
  const socket = await BareSocket.open(`ws://127.0.0.1:${port}/v1`);
  socket.send(slowInfer(1), slowInfer(2), { type: "describe", id: 3 });
  await socket.answer(3);
  command.kill("SIGTERM");
  expect(await socket.answer(2)).toMatchObject({ code: "unavailable", processed: "no" });
  expect(await socket.closed).toMatchObject({ code: 1001 });
  expect((await command.exited).code).toBe(0);
});

describe("SIGTERM ends it whatever the sockets do that it has", () => {
  const welcome = upgradeRequest([offered]);
  const hello = rawFrame(messageOf(codec(), [{ type: "hello" }]));
  it.each<[string, (port: number) => Promise<RawPeer>]>([
    ["no byte was sent", (port) => RawPeer.open(port)],
    ["half a request", (port) => RawPeer.open(port, "GET /v2/he")],
    [
      "half a body",
      (port) => RawPeer.open(port, "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"),
    ],
    [
      "one that is kept alive",
      (port) => RawPeer.open(port, "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    ],
    ["a WebSocket without hello", (port) => RawPeer.open(port, welcome)],
    ["a refused upgrade", (port) => RawPeer.open(port, upgradeRequest([offered], "/nowhere"))],
    ["one closed with 4406", (port) => RawPeer.open(port, upgradeRequest())],
    ["one that answers no close", (port) => RawPeer.open(port, Buffer.concat([Buffer.from(welcome), hello]))],
  ])("%s", async (_, open) => {
    const command = new Command("--port", "0", "--data", folder, "--models", await emptyFolder());
    const { port } = await command.line("listening");
    await command.line("ready");
    const peer = await open(Number(port));
    onTestFinished(() => peer.destroy());
    command.kill("SIGTERM");
    expect(await command.exited).toMatchObject({ code: 0, signal: null });
  });
});

it("a stop that hangs is killed after the deadline and its grace, and the log says so", async () => {
  // Blocks the main thread for ever shortly after the signal, as a native call may.
  const hang =
    "process.on('SIGTERM',()=>setTimeout(()=>Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0),100))";
  Command.nodeArguments = ["--import", `data:text/javascript,${encodeURIComponent(hang)}`];
  onTestFinished(() => {
    Command.nodeArguments = [];
  });
  const config = await written("hang.json", { drain: { deadline_ms: 200 } });
  const command = new Command(
    "--config",
    config,
    "--port",
    "0",
    "--data",
    folder,
    "--models",
    await emptyFolder(),
  );
  await command.line("ready");
  command.kill("SIGTERM");
  expect(await command.exited).toMatchObject({ code: null, signal: "SIGKILL" });
  expect(await command.line("the stop did not end in time: the process kills itself")).toMatchObject({
    level: "fatal",
    after_ms: 5_200,
  });
});
