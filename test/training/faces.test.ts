/** The same training over a socket, over HTTP and as a tool of MCP: the same answer, and the same errors. */
import { describe, expect, it } from "vitest";
import type { Tensors } from "../../engines/engine.js";
import { HeadgateError } from "../../protocol/errors.js";
import { jsonCodec } from "../../protocol/json.js";
import type { TrainFrame } from "../../protocol/train-frames.js";
import { mcpFace } from "../support/mcp.js";
import { trainerSignatures } from "../support/trainers.js";
import { errorOf, joinTraining, list, matrix, resultOf } from "../support/training-session.js";

/** A trainer whose attributes are sums of what it was given, so that they show what reached it. */
function fitted({ X, y }: Tensors, alpha: unknown): Tensors {
  const sum = (data: Iterable<number | bigint | string> = []) =>
    [...data].reduce<number>((a, b) => a + Number(b), 0);
  const data = Float64Array.of(sum(X?.data) / 3, sum(y?.data) + Number(alpha), 1 / 3);
  return { coef: { datatype: "FP64", shape: [3], data } };
}

async function opened() {
  const face = mcpFace({}, undefined, undefined, trainerSignatures);
  const { session } = await joinTraining(face);
  const finish = async () => {
    for (let i = 0; i < 20; i++) {
      await face.clock.settle();
      for (const run of face.training.trainer.runs)
        if (!run.fit.settled) run.finishFit(fitted(run.work.inputs, run.work.parameters["alpha"]));
    }
  };
  const until = async <T>(promise: Promise<T>): Promise<T> => {
    promise.catch(() => undefined);
    await finish();
    return promise;
  };
  const bySocket = async (frame: TrainFrame) => {
    await session.send(frame);
    await finish();
    return session.heard()[0];
  };
  const byHttp = async (method: string, path: string, body?: string) => {
    const headers = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
    const init = { method, headers, ...(body !== undefined && { body }) };
    const response = await until(Promise.resolve(face.routes.request(path, init)));
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  const byTool = (name: string, args: Record<string, unknown>) => until(face.beginCall(name, args));
  return { ...face, bySocket, byHttp, byTool, finish };
}

const frame: TrainFrame = {
  type: "train",
  id: 1,
  trainer: "ridge",
  inputs: { X: matrix(3, 2), y: list(0.5, 1.5, 2) },
  parameters: { alpha: 0.125 },
};

/** The frame as HTTP has it: its JSON form without what a socket needs. */
function bodyOf(given: TrainFrame): string {
  const { type: _type, id: _id, ...fields } = JSON.parse(jsonCodec.encode(given) as string);
  return JSON.stringify(fields);
}

const argsOf = (more: object = {}) => ({
  trainer: "ridge",
  inputs: {
    X: [
      [0, 1],
      [2, 3],
      [4, 5],
    ],
    y: [0.5, 1.5, 2],
  },
  parameters: { alpha: 0.125 },
  background: false,
  ...more,
});

describe("a training", () => {
  it("has the same numbers over every face", async () => {
    const { bySocket, byHttp, byTool, training } = await opened();
    const frameAnswer = JSON.parse(jsonCodec.encode(resultOf(await bySocket(frame))) as string);
    const http = await byHttp("POST", "/v1/train", bodyOf(frame));
    const tool = await byTool("train", argsOf());
    expect(frameAnswer.outputs.coef).toEqual({ datatype: "FP64", shape: [3], data: [5, 4.125, 1 / 3] });
    expect(http.status).toBe(200);
    expect(http.json["outputs"]).toEqual(frameAnswer.outputs);
    expect(tool.result.structuredContent.outputs.coef).toEqual(frameAnswer.outputs.coef);
    const works = training.trainer.runs.map(({ work: { job: _, ...work } }) => work);
    expect(works).toHaveLength(3);
    expect(works[1]).toEqual(works[0]);
    expect(works[2]).toEqual(works[0]);
    for (const { training: told } of [frameAnswer, http.json, tool.result.structuredContent])
      expect(told).toMatchObject({ fit_ms: 40, convert_ms: null, libraries: { python: "3.11" } });
  });

  it("in the background is the same job for every face", async () => {
    const { byHttp, byTool, bySocket } = await opened();
    const started = await byHttp("POST", "/v1/train", bodyOf({ ...frame, background: true, label: "mine" }));
    const { job } = started.json as { job: string };
    expect(started).toEqual({ status: 200, json: { job } });
    const { state, outputs } = (await byHttp("GET", `/v1/jobs/${job}?outputs=true`)).json;
    const tool = (await byTool("get_job", { job, outputs: true })).result.structuredContent;
    expect(tool.jobs).toEqual([state]);
    expect(tool.outputs.coef).toEqual((outputs as { coef: unknown }).coef);
    expect(state).toMatchObject({ job, label: "mine", state: "done", background: true });
    const described = await bySocket({ type: "jobs", id: 2, job } as never);
    expect(described).toMatchObject({ job, state });
    expect((await byHttp("GET", "/v1/jobs?limit=1")).json).toEqual({ jobs: [state] });
    const ended = await byHttp("POST", `/v1/jobs/${job}/cancel`);
    expect(ended).toMatchObject({ status: 409, json: { code: "failed_precondition" } });
  });

  it("is a job by default where an agent asks, and the same one under its key", async () => {
    const { byTool, training } = await opened();
    const args = argsOf({ background: undefined, key: "k1" });
    const first = (await byTool("train", args)).result.structuredContent;
    expect(Object.keys(first)).toEqual(["job"]);
    expect((await byTool("train", args)).result.structuredContent).toEqual(first);
    expect(training.trainer.runs).toHaveLength(1);
    const listed = (await byTool("get_job", {})).result.structuredContent;
    expect(listed.jobs).toMatchObject([{ job: first.job, state: "done" }]);
  });

  it.each([
    [{ parameters: { alpha: -1 } }, "parameters.alpha: must be a number at least 0; got -1"],
    [{ publish: { model: ".." } }, /^publish\.model: must be 1 to 128/],
    [{ parameters: { alpha: { deep: [1] } } }, "parameters.alpha: must be a number at least 0; got a map"],
  ])("with %j is refused in the same words", async (more, message) => {
    const { bySocket, byHttp, byTool, training } = await opened();
    const http = await byHttp("POST", "/v1/train", bodyOf({ ...frame, ...more }));
    const { result } = await byTool("train", argsOf(more));
    const told = errorOf(await bySocket({ ...frame, ...more })).message;
    if (typeof message === "string") expect(told).toBe(message);
    else expect(told).toMatch(message);
    expect(http).toMatchObject({ status: 400, json: { error: told, code: "invalid_argument" } });
    expect(result.content[0].text).toBe(`invalid_argument: ${told}.`);
    expect(training.trainer.runs).toEqual([]);
  });

  it("ends when the client of an HTTP request goes", async () => {
    const { routes, clock, training } = await opened();
    const leaving = new AbortController();
    const body = bodyOf(frame);
    const headers = { "content-length": String(body.length) };
    const asked = routes.request("/v1/train", { method: "POST", body, headers, signal: leaving.signal });
    for (let i = 0; i < 5; i++) await clock.settle();
    leaving.abort();
    for (let i = 0; i < 5; i++) await clock.settle();
    expect((await asked).status).toBe(499);
    expect(training.trainer.runs).toMatchObject([{ cancelled: true }]);
  });
});

describe("an upload over HTTP", () => {
  it("takes the body as it is, and the query as the frame's publish", async () => {
    const { byHttp, training } = await opened();
    const at =
      "/v1/models/mine/versions?version=3&traffic=0.25&aliases=champion,challenger&expires_after_ms=86400000";
    expect(await byHttp("POST", at, "onnx")).toEqual({ status: 200, json: { model: "mine", version: "3" } });
    const [{ publication, onnx } = {}] = training.models.uploaded;
    expect(publication).toEqual({
      model: "mine",
      version: "3",
      traffic: 0.25,
      aliases: ["champion", "challenger"],
      expires_after_ms: 86_400_000,
    });
    expect(Buffer.from(onnx ?? []).toString()).toBe("onnx");
  });

  it.each([
    ["/v1/models/mine/versions", "", 400, "the body: must be the bytes of an ONNX file, got none"],
    ["/v1/models/mine/versions?version=0", "x", 400, /^version: must be a positive integer/],
    ["/v1/models/mine/versions?traffic=many", "x", 400, /^traffic: must be a number from 0 to 1/],
    [
      "/v1/models/mine/versions?expires_after_ms=0",
      "x",
      400,
      /^expires_after_ms: must be a number from 1 to/,
    ],
    ["/v1/models/mine/versions?aliases=7", "x", 400, /^aliases\[0\]: must be a letter/],
    ["/v1/models/mine/versions?alias=a", "x", 400, /^the query: has no "alias"/],
    ["/v1/models/.hidden/versions", "x", 400, /^model: must be 1 to 128/],
  ])("%s with %j is %i", async (path, body, status, message) => {
    const { byHttp, training } = await opened();
    const answer = await byHttp("POST", path, body);
    expect(answer.status).toBe(status);
    expect(answer.json["error"]).toMatch(message);
    expect(training.models.uploaded).toEqual([]);
  });

  it("is refused before its body is read where its version cannot be", async () => {
    const { byHttp, training } = await opened();
    training.models.refusal = new HeadgateError("failed_precondition", "publish.version: 3 is there");
    const answer = await byHttp("POST", "/v1/models/mine/versions?version=3", "x");
    expect(answer).toMatchObject({ status: 409, json: { error: "publish.version: 3 is there" } });
  });
});
