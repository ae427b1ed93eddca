/**
 * The gateway is killed at random moments while trainings wait, fit, are converted and published. Each job that was
 * acked ends exactly once, a job that is done has its one version and no other version is there, and no process of a
 * trainer outlives the gateway. HEADGATE_KILLS says how often.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { EventFrame, GatewayFrame } from "../../protocol/frames.js";
import { toWire } from "../../protocol/tensor.js";
import type { JobState, TrainFrame } from "../../protocol/train-frames.js";
import { newDataFolder, startGateway } from "../raw-client/gateway-process.js";
import { installedFake } from "../support/fake-trainer/installed.js";
import { membersOf } from "../support/fake-trainer/program.js";
import { repositoryOf } from "../support/repository.js";
import { BareSocket } from "../support/socket.js";
import { until } from "../support/until.js";

const kills = Math.ceil(Number(process.env["HEADGATE_KILLS"] ?? 200) / 5);
const url = (port: number) => `ws://127.0.0.1:${port}/v1`;
const ended = new Set(["done", "failed", "cancelled"]);

const matrix = (rows: number, columns: number) =>
  toWire({
    datatype: "FP64",
    shape: [rows, columns],
    data: new Float64Array(rows * columns).map((_, i) => i % 7),
  });

class Trainer {
  readonly acked: string[] = [];
  /** Models that were asked for, whether or not their job was acked. */
  private models = 0;
  private lastId = 0;

  constructor(private readonly socket: () => BareSocket) {}

  /** Submits, cancels and waits until the socket is lost. */
  async work(): Promise<void> {
    for (;;) {
      const chance = Math.random();
      const job = this.acked[Math.floor(Math.random() * this.acked.length)];
      if (chance < 0.1 && job !== undefined) await this.ask({ type: "cancel_job", job });
      else if (chance < 0.2) this.socket().send({ ...this.train(), id: ++this.lastId });
      else await this.submit();
      await new Promise((resolve) => setTimeout(resolve, 20 + Math.random() * 100));
    }
  }

  private async submit(): Promise<void> {
    const kind = Math.random();
    const extra =
      kind < 0.4 ? { publish: { model: `model-${++this.models}` } } : kind < 0.6 ? { keep_seconds: 60 } : {};
    const answer = await this.ask({ ...this.train(), background: true, ...extra });
    if (answer.type === "ack") this.acked.push((answer as unknown as { job: string }).job);
    else expect(answer).toMatchObject({ type: "error", code: "resource_exhausted" });
  }

  private train(): Omit<TrainFrame, "id"> {
    return {
      type: "train",
      trainer: "ridge",
      inputs: { X: matrix(200, 4), y: matrix(200, 1) },
      parameters: {},
    };
  }

  private ask(frame: object): Promise<GatewayFrame> {
    const id = ++this.lastId;
    const socket = this.socket();
    socket.send({ ...frame, id } as TrainFrame);
    return socket.answer(id);
  }
}

it(`ends each acked training once through kill -9, ${kills} times`, async () => {
  const models = await repositoryOf({});
  const data = await newDataFolder();
  const { folder, groups } = await installedFake({ steps: 12, step_ms: 15, convert_ms: 60 });
  const config = join(folder, "config.json");
  await writeFile(
    config,
    JSON.stringify({ training: { environment: folder, processes: 2, restarts: 1_000, nice: 0 }, drain: {} }),
  );
  let gateway = await startGateway(data, { models, config });
  const { port } = gateway;
  onTestFinished(() => gateway.dispose());
  let socket = await BareSocket.open(url(port));
  const trainer = new Trainer(() => socket);
  for (let kill = 1; kill <= kills; kill++) {
    const working = trainer.work().catch((error: unknown) => {
      if (!String(error).includes("the socket closed")) throw error;
    });
    await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 900));
    await gateway.kill();
    await working;
    await until(async () => expect((await groupsOf(groups)).flatMap(membersOf)).toEqual([]));
    gateway = await startGateway(data, { port, models, config });
    socket = await BareSocket.open(url(port));
  }
  const states = await finished(socket);
  expect(trainer.acked.length).toBeGreaterThan(kills / 4);
  for (const job of trainer.acked) expect(ended, `the state of ${job}`).toContain(states.get(job)?.state);
  // What is asked must have happened, or nothing is shown.
  expect(new Set([...states.values()].map(({ state }) => state))).toContain("done");
  expect([...states.values()].some(({ restarts }) => restarts > 0)).toBe(true);
  expect([...states.values()].some(({ published }) => published !== null)).toBe(true);
  const ends = await endsOf(socket);
  for (const job of trainer.acked)
    expect(ends.get(job), `the ends of ${job}`).toEqual([states.get(job)?.state]);
  for (const [job, each] of ends) expect(each.length, `the ends of ${job}`).toBeLessThanOrEqual(1);
  await expectPublished(port, [...states.values()]);
}, 3_600_000);

/** Waits until every job has ended. */
async function finished(socket: BareSocket): Promise<Map<string, JobState>> {
  for (let id = 3_000_000_000; ; id += 1_000) {
    const states = new Map<string, JobState>();
    for (let before: string | undefined, at = 0; ; at++) {
      socket.send({ type: "jobs", id: id + at, limit: 100, ...(before !== undefined && { before }) });
      const { jobs } = (await socket.answer(id + at)) as unknown as { jobs: JobState[] };
      for (const state of jobs) states.set(state.job, state);
      before = jobs.at(-1)?.job;
      if (jobs.length === 0) break;
    }
    if ([...states.values()].every(({ state }) => ended.has(state))) return states;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** By job, the ends that the log's events tell. */
async function endsOf(socket: BareSocket): Promise<Map<string, string[]>> {
  socket.send({ type: "subscribe", id: 3_900_000_000, topic: "job.*" });
  const { snapshots } = (await socket.answer(3_900_000_000)) as unknown as { snapshots: number };
  const isLast = (frame: GatewayFrame) => frame.type === "snapshot" && frame.to_come === 0;
  const { epoch } =
    snapshots === 0 ? { epoch: "" } : ((await socket.next(isLast)) as unknown as { epoch: string });
  socket.send({ type: "unsubscribe", id: 3_900_000_001, topic: "job.*" });
  await socket.answer(3_900_000_001);
  socket.frames.length = 0;
  socket.send({ type: "subscribe", id: 3_900_000_002, topic: "job.*", since: { epoch, position: 0 } });
  await socket.next(isLast);
  const ends = new Map<string, string[]>();
  for (const { data } of socket.frames.filter((frame): frame is EventFrame => frame.type === "event"))
    if (data.kind === "job_changed" && ended.has(data.state))
      ends.set(data.job, [...(ends.get(data.job) ?? []), data.state]);
  return ends;
}

/** The models that serve are those that the jobs say, with one version each. */
async function expectPublished(port: number, states: readonly JobState[]): Promise<void> {
  const said = states.flatMap(({ published }) =>
    published === null ? [] : [`${published.model}@${published.version}`],
  );
  const response = await fetch(`http://127.0.0.1:${port}/v2/repository/index`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  const index = (await response.json()) as { name: string; version: string; state: string }[];
  const there = index.filter(({ name }) => name.startsWith("model-"));
  expect(there.filter(({ state }) => state !== "READY")).toEqual([]);
  expect(there.map(({ name, version }) => `${name}@${version}`).sort()).toEqual(said.sort());
}

async function groupsOf(file: string): Promise<number[]> {
  return (await readFile(file, "utf8")).split("\n").filter(Boolean).map(Number);
}
