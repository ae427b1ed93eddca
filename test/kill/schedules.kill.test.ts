/**
 * The gateway is killed at random moments while a schedule retrains. Each time that it falls due it trains once, each
 * candidate is published once and promoted at most once, and no rows are counted twice or not at all.
 * HEADGATE_KILLS says how often.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import type { ScheduleState } from "../../protocol/schedule-frames.js";
import { toWire } from "../../protocol/tensor.js";
import type { JobState } from "../../protocol/train-frames.js";
import { newDataFolder, startGateway } from "../raw-client/gateway-process.js";
import { installedFake } from "../support/fake-trainer/installed.js";
import { repositoryOf } from "../support/repository.js";
import { BareSocket } from "../support/socket.js";
import { until } from "../support/until.js";

const kills = Math.ceil(Number(process.env["HEADGATE_KILLS"] ?? 200) / 10);
const everyRows = 5;
const first = 20;

const rows = (from: number, to: number) => {
  const values = Float64Array.from({ length: to - from }, (_, i) => Math.sin(from + i));
  return {
    X: toWire({ datatype: "FP64", shape: [to - from, 1], data: values }),
    y: toWire({ datatype: "FP64", shape: [to - from], data: values }),
  };
};

it(`retrains once for each time that it falls due, through kill -9, ${kills} times`, async () => {
  const models = await repositoryOf({});
  const data = await newDataFolder();
  const { folder } = await installedFake({
    trainers: ["ridge", "walk_forward"],
    steps: 6,
    step_ms: 15,
    convert_ms: 30,
  });
  const config = join(folder, "config.json");
  const training = { environment: folder, restarts: 1_000, nice: 0, schedule_interval_ms: 100 };
  await writeFile(config, JSON.stringify({ training }));
  let gateway = await startGateway(data, { models, config });
  const { port } = gateway;
  onTestFinished(() => gateway.dispose());
  let socket = await BareSocket.open(`ws://127.0.0.1:${port}/v1`);
  let lastId = 0;
  const ask = async <T>(frame: object): Promise<T> => {
    const id = ++lastId;
    socket.send({ ...frame, id } as never);
    const answer = await socket.answer(id);
    expect(answer, JSON.stringify(answer)).toMatchObject({ type: "ack" });
    return answer as unknown as T;
  };
  let there = first;
  const grow = async () => {
    for (;;) {
      const { version } = await newest();
      await ask({ type: "append", dataset: "bars", version, columns: rows(there, there + 1) });
      there++;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 100));
    }
  };
  /** The rows that are there: an append whose answer the kill took may have been carried out. */
  const newest = async () => {
    const { datasets } = await ask<{ datasets: { version: string; rows: number }[] }>({ type: "datasets" });
    const last = datasets[0] ?? { version: "", rows: 0 };
    there = last.rows;
    return last;
  };
  await ask({ type: "put", dataset: "bars", columns: rows(0, there) });
  await ask({
    type: "schedule",
    schedule: "sines",
    model: "sines",
    trainer: "ridge",
    inputs: { X: { ref: "bars", columns: ["X"] }, y: { ref: "bars", columns: "y" } },
    trigger: { dataset: "bars", every_rows: everyRows },
    validation: { rows: 5, score: "mae" },
  });
  for (let kill = 1; kill <= kills; kill++) {
    const growing = grow().catch((error: unknown) => {
      if (!String(error).includes("the socket closed")) throw error;
    });
    await new Promise((resolve) => setTimeout(resolve, 500 + Math.random() * 3_000));
    await gateway.kill();
    await growing;
    gateway = await startGateway(data, { port, models, config });
    socket = await BareSocket.open(`ws://127.0.0.1:${port}/v1`);
  }
  let state: ScheduleState | undefined;
  await until(async () => {
    state = (await ask<{ state: ScheduleState }>({ type: "schedules", schedule: "sines" })).state;
    expect([state.running, (state.counted ?? everyRows) < everyRows]).toEqual([null, true]);
  }, 120_000);
  const retrains = state?.retrains ?? 0;
  expect(state?.error).toBeNull();
  expect(retrains).toBeGreaterThan(kills / 4);
  expect(retrains).toBeLessThanOrEqual((there - first) / everyRows);
  const { jobs } = await ask<{ jobs: JobState[] }>({ type: "jobs", limit: 1_000 });
  // Two jobs for each retraining, all done: none was lost, none was trained twice.
  expect(jobs.map(({ state: each }) => each)).toEqual(jobs.map(() => "done"));
  const numbers = (stage: string) =>
    jobs
      .filter(({ job }) => job.endsWith(stage))
      .map(({ job }) => Number(job.split("-")[1]))
      .sort((a, b) => a - b);
  const all = Array.from({ length: retrains }, (_, i) => i + 1);
  expect([numbers("evaluate"), numbers("train")]).toEqual([all, all]);
  const published = jobs.flatMap(({ published: one }) => one?.version ?? []).map(Number);
  expect(published.sort((a, b) => a - b)).toEqual(all);
  const { models: shown } = await ask<{
    models: { version: string; history?: { action: string; to: string }[] }[];
  }>({
    type: "describe",
    model: "sines",
  });
  // A version's publication is in the record, too.
  const promotions = shown[0]?.history?.filter(({ action }) => action === "promote") ?? [];
  const promoted = promotions.map(({ to }) => to);
  expect(new Set(promoted).size).toBe(promoted.length);
  expect(promoted[0]).toBe(String(retrains));
}, 3_600_000);
