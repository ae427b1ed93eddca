/** What the tools answer: data in as JSON lists, some rows of the answer out, errors that tell what to do. */
import { describe, expect, it } from "vitest";
import { type McpFace, mcpFace, revisions } from "../support/mcp.js";
import { model } from "../support/servables.js";

const textOf = ({ result }: Awaited<ReturnType<McpFace["call"]>>): string => result.content[0].text;

/** Calls a tool that must succeed. Its text is the same as its structured content. */
async function answered(face: McpFace, name: string, args: Record<string, unknown> = {}) {
  const answer = await face.call(name, args);
  expect(answer.result.isError, textOf(answer)).toBeUndefined();
  expect(JSON.parse(textOf(answer))).toEqual(answer.result.structuredContent);
  return answer.result.structuredContent;
}

async function refused(face: McpFace, name: string, args: Record<string, unknown> = {}): Promise<string> {
  const answer = await face.call(name, args);
  expect(answer.status).toBe(200);
  expect(answer.error).toBeUndefined();
  expect(answer.result.isError).toBe(true);
  return textOf(answer);
}

describe.each(revisions)("infer, called by a client of %s", (revision) => {
  it("takes a list of rows and answers one", async () => {
    const X = [
      [0.5, 1],
      [-2, 3],
    ];
    const { result } = await mcpFace().call("infer", { model: "echo", inputs: { X } }, { revision });
    expect(result.structuredContent).toMatchObject({
      model: "echo",
      version: "1",
      outputs: { Y: { datatype: "FP32", shape: [2, 2], data: X } },
      cached: false,
    });
  });
});

describe("infer", () => {
  it("takes flat data with a shape and a datatype", async () => {
    const X = { data: [0.5, 1, -2, 3], shape: [2, 2], datatype: "FP32" };
    const { outputs } = await answered(mcpFace(), "infer", { model: "echo", inputs: { X } });
    expect(outputs.Y.data).toEqual([
      [0.5, 1],
      [-2, 3],
    ]);
  });

  it("shows some rows of a large answer, and figures of all", async () => {
    const face = mcpFace({}, [model({ maxBatchSize: 1_000 })]);
    const X = Array.from({ length: 200 }, (_, i) => [i, 1]);
    const { Y } = (await answered(face, "infer", { model: "echo", inputs: { X } })).outputs;
    expect(Y).toMatchObject({
      shape: [200, 2],
      shown_rows: "rows 0 to 49 of 200; call again with from_row for others",
      summary: { min: 0, max: 199, mean: 50.25, not_finite: 0 },
    });
    expect(Y.data).toEqual(X.slice(0, 50));
    const rest = await answered(face, "infer", { model: "echo", inputs: { X }, from_row: 190, rows: 100 });
    expect(rest.outputs.Y.data).toEqual(X.slice(190));
  });

  it("shows the beginning of a row that is too large alone", async () => {
    const X = [Array.from({ length: 20_000 }, (_, i) => i % 7)];
    const { Y } = (await answered(mcpFace(), "infer", { model: "echo", inputs: { X } })).outputs;
    expect(Y.data).toEqual(X[0]?.slice(0, 10_000));
    expect(Y.shown_rows).toBe("the first 10000 elements of row 0 of 1: a row has 20000");
  });

  it("writes the trace context of the call to the log", async () => {
    const face = mcpFace();
    const seen: unknown[] = [];
    const { requests } = face.house;
    const infer = requests.infer.bind(requests);
    requests.infer = (requester, request, name) => {
      seen.push(request.traceparent);
      return infer(requester, request, name);
    };
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const args = { model: "echo", inputs: { X: [[1]] } };
    for (const given of [traceparent, "x".repeat(1_000), 7])
      await face.call("infer", args, { meta: { traceparent: given } });
    expect(seen).toEqual([traceparent, undefined, undefined]);
  });

  it("is cancelled when the client leaves", async () => {
    const face = mcpFace();
    const leaving = new AbortController();
    const call = face.beginCall("infer", { model: "echo", inputs: { X: [[1]] } }, { signal: leaving.signal });
    call.catch(() => undefined);
    await face.clock.settle();
    expect(face.house.requests.lifecycle.inFlight).toBe(1);
    leaving.abort();
    await face.clock.settle();
    await face.clock.settle();
    expect(face.house.requests.lifecycle.inFlight).toBe(0);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["an unknown model", { model: "ecco", inputs: { X: [[1]] } }, "list_models has the names"],
    ["an unknown version", { model: "echo", version: "9", inputs: { X: [[1]] } }, "version"],
    ["an unknown input", { model: "echo", inputs: { Z: [[1]] } }, 'no input "Z"; there are X'],
    ["no inputs", { model: "echo" }, "inputs:"],
    ["a missing input", { model: "echo", inputs: {} }, "X"],
    ["an unknown argument", { model: "echo", inputs: {}, input: 1 }, "there are model, version, inputs"],
    [
      "ragged rows",
      { model: "echo", inputs: { X: [[1, 2], [3]] } },
      "inputs.X.data[1]: must be flat, or nested as the shape [2, 2]: 2 elements here, got 1",
    ],
    [
      "rows beside numbers",
      { model: "echo", inputs: { X: [[1], 2] } },
      "inputs.X.data[1]: must be flat, or nested as the shape [2, 1]: an array here, got 2",
    ],
    [
      "rows nested otherwise than the shape that is stated",
      { model: "echo", inputs: { X: { data: [[1, 2]], shape: [2, 1] } } },
      "inputs.X.data: must be flat, or nested as the shape [2, 1]: 2 elements here, got 1",
    ],
    ["text for numbers", { model: "echo", inputs: { X: [["one"]] } }, "inputs.X"],
    ["a number by its name", { model: "echo", inputs: { X: [[1, "NaN"]] } }, "NaN or infinity in column 1"],
    ["a wrong rank", { model: "echo", inputs: { X: [1, 2] } }, "X"],
    ["no data", { model: "echo", inputs: { X: { shape: [1] } } }, "inputs.X.data: missing"],
    [
      "a wrong datatype",
      { model: "echo", inputs: { X: { data: [[1]], datatype: "FLOAT" } } },
      "inputs.X.datatype",
    ],
    ["a half", { model: "echo", inputs: { X: { data: [[1]], datatype: "FP16" } } }, "use FP32"],
    [
      "nine dimensions",
      { model: "echo", inputs: { X: { data: [1], shape: [1, 1, 1, 1, 1, 1, 1, 1, 1] } } },
      "shape",
    ],
    ["a fit", { model: "fit", inputs: { X: [[1]] } }, "call the tool fit with name fit"],
    ["a parameter that is a list", { model: "echo", inputs: {}, parameters: { a: [1] } }, "parameters.a"],
    ["too many rows to show", { model: "echo", inputs: {}, rows: 1e9 }, "rows:"],
  ])("tells what to do about %s", async (_, args, words) => {
    const face = mcpFace();
    expect(await refused(face, "infer", args)).toContain(words);
    expect(face.engine.runs).toHaveLength(0);
    await answered(face, "infer", { model: "echo", inputs: { X: [[1]] } });
  });
});

describe("fit", () => {
  it("takes its data as the input X", async () => {
    const data = [[1], [2]];
    const { outputs } = await answered(mcpFace(), "fit", { name: "fit", data });
    expect(outputs.Y.data).toEqual(data);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["a model", { name: "echo", data: [[1]] }, "call the tool infer with model echo"],
    ["data twice", { name: "fit", data: [[1]], inputs: { X: [[1]] } }, "in inputs too"],
    ["an unknown fit", { name: "pka", data: [[1]] }, "list_models with kind fit"],
  ])("tells what to do about %s", async (_, args, words) => {
    expect(await refused(mcpFace(), "fit", args)).toContain(words);
  });
});

describe("list_models", () => {
  const many = () =>
    mcpFace(
      {},
      Array.from({ length: 120 }, (_, i) => model({}, `m${i + 100}`)),
    );

  it("has models, fits and detectors", async () => {
    const { models, total, next } = await answered(mcpFace(), "list_models");
    expect(models.map((each: { name: string; kind: string }) => [each.name, each.kind])).toEqual([
      ["echo", "model"],
      ["fit", "fit"],
      ["openly", "detector"],
    ]);
    expect([total, next]).toEqual([3, undefined]);
  });

  it("is read in pages without a gap", async () => {
    const face = many();
    const names: string[] = [];
    for (let after: string | undefined = ""; after !== undefined; ) {
      const page: { models: { name: string }[]; next?: string } = await answered(face, "list_models", {
        after,
        kind: "model",
      });
      names.push(...page.models.map(({ name }) => name));
      after = page.next;
    }
    expect(names).toEqual(Array.from({ length: 120 }, (_, i) => `m${i + 100}`));
  });

  it("is searched by a part of a name", async () => {
    const { models } = await answered(many(), "list_models", { contains: "m11" });
    expect(models).toHaveLength(10);
  });
});

describe("describe_model", () => {
  it("has what the socket's describe has", async () => {
    const face = mcpFace();
    const { versions } = await answered(face, "describe_model", { model: "echo" });
    expect(versions).toMatchObject([
      { version: "1", kind: "model", state: "ready", inputs: [{ name: "X", datatypes: ["FP32"] }] },
    ]);
  });

  it("tells which versions there are", async () => {
    const words = await refused(mcpFace(), "describe_model", { model: "echo", version: "2" });
    expect(words).toBe("not_found: version: echo has 1. list_models has the names of all models.");
  });
});

describe("streams", () => {
  it("are listed in the order of their names, in pages", async () => {
    const face = mcpFace();
    for (const name of ["b", "a", "desk/c"]) await face.openStream(name);
    const first = await answered(face, "list_streams", { limit: 2 });
    expect(first.streams.map(({ stream }: { stream: string }) => stream)).toEqual(["a", "b"]);
    expect(first).toMatchObject({ total: 3, next: "b" });
    const second = await answered(face, "list_streams", { after: first.next });
    expect(second.streams).toMatchObject([{ stream: "desk/c", detector: "openly", observations: 1 }]);
    expect(second.next).toBeUndefined();
  });

  it("have a present regime, and a path", async () => {
    const face = mcpFace();
    await face.openStream("SPX");
    const { state, path, cursor } = await answered(face, "get_regime", { stream: "SPX", path: "filtered" });
    expect(state).toMatchObject({ stream: "SPX", detector: "openly", observations: 1, last_ts: 1 });
    expect(path).toHaveLength(1);
    expect(path[0].ts).toBe(1);
    expect(cursor).toMatch(/^[^:]+:\d+$/);
  });

  it.each<[string, string, Record<string, unknown>, string]>([
    ["get_regime", "a stream that is not open", { stream: "SPY" }, "list_streams has the names"],
    ["get_events", "a stream that never was", { stream: "SPY" }, "list_streams has the names"],
    ["wait_for_regime_change", "a stream that never was", { stream: "SPY" }, "list_streams has the names"],
    ["get_events", "a pattern", { stream: "*" }, "stream: must be 1 to 64"],
    [
      "get_events",
      "a cursor of its own making",
      { stream: "SPX", cursor: "7" },
      "cursor: must be the cursor",
    ],
    ["wait_for_regime_change", "a wait without end", { stream: "SPX", timeout_s: 1e9 }, "timeout_s"],
  ])("%s tells what to do about %s", async (name, _, args, words) => {
    const face = mcpFace();
    await face.openStream("SPX");
    expect(await refused(face, name, args)).toContain(words);
  });
});

describe("get_events", () => {
  it("has the newest events, and with the cursor those after it", async () => {
    const face = mcpFace();
    for (let i = 0; i < 60; i++) await face.log("SPX", `r${i}`);
    const first = await answered(face, "get_events", { stream: "SPX" });
    expect(first.events).toHaveLength(50);
    expect(first.events[0]).toMatchObject({ offset: 11, data: { kind: "regime_change", to: "r10" } });
    expect(first).toMatchObject({ later: 0, lost: false });
    await face.log("SPX", "new");
    const second = await answered(face, "get_events", { stream: "SPX", cursor: first.cursor });
    expect(second.events).toMatchObject([{ offset: 61, data: { to: "new" } }]);
    const third = await answered(face, "get_events", { stream: "SPX", cursor: second.cursor });
    expect(third).toMatchObject({ events: [], cursor: second.cursor });
  });

  it("is read in pages without a gap", async () => {
    const face = mcpFace();
    for (let i = 0; i < 7; i++) await face.log("SPX", `r${i}`);
    const { epoch } = face.house.hub.log;
    const seen: string[] = [];
    let cursor = `${epoch}:0`;
    for (let later = 1; later > 0; ) {
      const page = await answered(face, "get_events", { stream: "SPX", cursor, limit: 3 });
      seen.push(...page.events.map((event: { data: { to: string } }) => event.data.to));
      ({ cursor, later } = page);
    }
    expect(seen).toEqual(["r0", "r1", "r2", "r3", "r4", "r5", "r6"]);
  });

  it.each(["another:3", "ahead"])("tells that the cursor %s lost its place", async (which) => {
    const face = mcpFace();
    await face.log("SPX");
    const cursor = which === "ahead" ? `${face.house.hub.log.epoch}:9` : which;
    expect(await answered(face, "get_events", { stream: "SPX", cursor })).toMatchObject({
      lost: true,
      events: [{ offset: 1 }],
    });
  });

  it("tells that events were removed before they were read", async () => {
    const face = mcpFace({ regimes: { topic_events: 3 } });
    for (let i = 0; i < 6; i++) await face.log("SPX", `r${i}`);
    face.journal.sweep();
    const cursor = `${face.house.hub.log.epoch}:1`;
    const page = await answered(face, "get_events", { stream: "SPX", cursor });
    expect(page.lost).toBe(true);
    expect(page.events.at(-1)).toMatchObject({ data: { to: "r5" } });
  });
});

describe("resources", () => {
  it("are read by the URI under which they are listed", async () => {
    const face = mcpFace();
    await face.openStream("desk/SPX:1");
    const { resources } = (await face.request("resources/list")).result;
    for (const { uri } of resources) {
      const { contents } = (await face.request("resources/read", { uri })).result;
      expect(contents).toMatchObject([{ uri, mimeType: "application/json" }]);
      JSON.parse(contents[0].text);
    }
    expect(resources.at(-1).uri).toBe("headgate://streams/desk%2FSPX%3A1");
  });

  it("are listed in pages without a gap", async () => {
    const face = mcpFace(
      {},
      Array.from({ length: 150 }, (_, i) => model({}, `m${i + 100}`)),
    );
    for (let i = 0; i < 60; i++) await face.openStream(`s${i + 10}`);
    const uris: string[] = [];
    let cursor: string | undefined;
    do {
      const page = (await face.request("resources/list", cursor === undefined ? {} : { cursor })).result;
      expect(page.resources.length).toBeLessThanOrEqual(100);
      uris.push(...page.resources.map(({ uri }: { uri: string }) => uri));
      cursor = page.nextCursor;
    } while (cursor !== undefined);
    expect(uris).toHaveLength(211);
    expect(new Set(uris).size).toBe(211);
  });

  it.each([
    "headgate://models/nothing",
    "headgate://streams/nothing",
    "headgate://models/",
    "headgate://keys/secret",
    "headgate://models/%zz",
    "headgate://models/a/b",
    "file:///etc/passwd",
    `headgate://models/${"a".repeat(1_000)}`,
  ])("answer an error for %s", async (uri) => {
    const { error } = await mcpFace().request("resources/read", { uri });
    expect(error?.code).toBe(-32_602);
  });

  it("refuse a cursor of a client's own making", async () => {
    const { error } = await mcpFace().request("resources/list", { cursor: "keys:a" });
    expect(error?.code).toBe(-32_602);
  });
});
