/** At level `debug` the log has one line for each request that ends, with its trace id. */
import { expect, test } from "vitest";
import type { Requester } from "../../gateway/requests/requester.js";
import { keptLog } from "../support/kept-log.js";
import { anybody, testRequests } from "../support/requests.js";
import { model, rowsOf } from "../support/servables.js";

const requester: Requester = { principal: anybody, connection: "agent-1" };
const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const request = { model: "echo", inputs: { X: rowsOf(1) }, traceparent, key: "order-7" };
const origin = { connection: "agent-1", tenant: "desk", namespace: "default", type: "infer", request: 5 };
const asked = { ...origin, model: "echo", trace_id: "4bf92f3577b34da6a3ce929d0e0e4736", keyed: true };

function harness(level: "info" | "debug" = "debug") {
  const lines: Record<string, unknown>[] = [];
  return { lines, ...testRequests({}, [model()], keptLog(lines, level)) };
}

test("an answered inference tells its trace, its times and what computed it, and not its key", async () => {
  const { requests, engine, clock, lines } = harness();
  const { answer } = requests.infer(requester, request, 5);
  await clock.settle();
  engine.finishAll();
  await answer;
  const computed = { version: "1", backend: "scripted", queue_ms: 0, compute_ms: 1, batch_size: 1 };
  expect(lines).toEqual([expect.objectContaining({ ...asked, ...computed, msg: "request answered" })]);
  expect(JSON.stringify(lines)).not.toContain("order-7");
});

test("one that is refused tells the code and the reason", () => {
  const { requests, lines } = harness();
  expect(() => requests.infer(requester, { ...request, inputs: {} }, 5)).toThrow();
  const [line] = lines;
  expect(line).toMatchObject({ ...asked, code: "invalid_argument", msg: "request failed" });
  expect(line?.["reason"]).toContain("X");
});

test("a request of a stream is logged too", async () => {
  const { requests, lines } = harness();
  await requests.streams.open(requester, { stream: "SPX", detector: "openly" }, 6);
  await expect(requests.streams.state(requester, { stream: "WTI" }, 7)).rejects.toThrow();
  expect(lines).toEqual([
    expect.objectContaining({ type: "open", request: 6, msg: "request answered" }),
    expect.objectContaining({ type: "state", request: 7, code: "not_found", msg: "request failed" }),
  ]);
});

test("above `debug` nothing is logged", async () => {
  const { requests, engine, clock, lines } = harness("info");
  const { answer } = requests.infer(requester, request, 5);
  await clock.settle();
  engine.finishAll();
  await answer;
  expect(lines).toEqual([]);
});
