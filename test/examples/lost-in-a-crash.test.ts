/**
 * A gateway that comes back with an empty data folder: the demo's replay must say what was lost, so that its claim
 * that nothing was lost can fail.
 */
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { readBars } from "../../examples/demo/bars.js";
import { Crash, crashDay } from "../../examples/demo/crash.js";
import { replay } from "../../examples/demo/replay.js";
import type { Server } from "../../load-tests/harness/child.js";
import { startGateway } from "../../load-tests/harness/gateway.js";

const market = new URL("../../examples/data/sp500.csv", import.meta.url);
const models = fileURLToPath(new URL("../../models", import.meta.url));

/** Replays a short market, whose gateway is killed in the middle and started again as `restart` does it. */
async function replayed(restart: (port: number) => Promise<Server>) {
  const bars = (await readBars(market)).slice(0, 700);
  let server = await startGateway({ models });
  onTestFinished(() => server.stop());
  const { port } = server;
  const gateway = {
    kill: () => server.kill(),
    restart: async () => {
      await server.stop();
      server = await restart(port);
    },
  };
  return replay({
    url: `ws://127.0.0.1:${port}/v1`,
    bars,
    crash: new Crash(gateway, crashDay(bars)),
    speed: undefined,
    closes: false,
    signal: new AbortController().signal,
    onChange: () => {},
    onDay: () => {},
    onCrash: () => {},
  });
}

test("a gateway that comes back without its data breaks promises, and each is told", async () => {
  // The client says it on the console too, whoever listens to its events.
  const warned = vi.spyOn(console, "warn").mockImplementation(() => {});
  onTestFinished(() => warned.mockRestore());
  const { delivery, problems } = await replayed((port) => startGateway({ models, port })); // another data folder
  const acked = delivery.observations.acked_before_kill;
  expect(acked).toBeGreaterThan(0);
  expect(problems).toContain(`lost in the crash: ${acked} observations were acked, 0 were kept`);
  expect(problems).toContain("the gateway could not give all changes to one who resumed");
  expect(delivery.requests.by_fallback).toBeGreaterThan(0);
  expect(delivery.requests.failed).toBe(0);
}, 60_000);

test("a gateway that cannot be started again ends the replay with the reason", async () => {
  await expect(replayed(() => Promise.reject(new Error("the port is taken")))).rejects.toThrow(
    "the killed gateway could not be started again: the port is taken",
  );
}, 60_000);
