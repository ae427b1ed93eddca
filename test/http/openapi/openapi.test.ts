/** The OpenAPI document: it has every route, and the routes' real answers have the forms that it promises. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { beforeAll, describe, expect, it } from "vitest";
import { openHttpFace } from "../../../gateway/wiring/http-routes.js";
import { testHouse } from "../../support/house.js";
import { trainerSignatures } from "../../support/trainers.js";

type Json = Readonly<Record<string, unknown>>;

interface OperationObject {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { schema?: Json }>> }>
  >;
  readonly requestBody?: { readonly content: Readonly<Record<string, { schema?: Json }>> };
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>> };
}

interface Sample {
  readonly status: number;
  readonly query?: string;
  readonly model?: string;
  readonly version?: string;
  /** Absent: the newest training. */
  readonly job?: string;
  /** Absent: the one that was put. */
  readonly schedule?: string;
  readonly body?: unknown;
}

const raise = (error: unknown) => {
  throw error;
};

function face() {
  const test = testHouse({}, undefined, trainerSignatures);
  const { routes, eventStreams } = openHttpFace(test.house, () => undefined, undefined, raise);
  const ask = async (method: string, path: string, body?: unknown) => {
    const text = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
    const headers = text === undefined ? {} : { "content-length": String(Buffer.byteLength(text)) };
    const response = routes.request(path, { method, headers, ...(text !== undefined && { body: text }) });
    for (let i = 0; i < 10; i++) {
      await test.clock.settle();
      test.engine.finishAll();
      for (const run of test.training.trainer.runs) {
        run.finishFit();
        run.finishExport();
      }
    }
    return response;
  };
  return { ...test, routes, eventStreams, ask };
}

const values = { datatype: "FP64", shape: [2, 1], data: [0.25, "NaN"] };
const inputs = [{ name: "X", datatype: "FP32", shape: [1, 1], data: [[1]] }];
const infer: readonly Sample[] = [
  { status: 200, body: { id: "mine", inputs, parameters: { timeout: 1_000_000 } } },
  { status: 400, body: { inputs: [{ ...inputs[0], datatype: "FP128" }] } },
  { status: 400, body: "[" },
  { status: 404, body: { inputs }, model: "nothing" },
];
const named: readonly Sample[] = [{ status: 200 }, { status: 404, model: "nothing" }];

const training = {
  trainer: "ridge",
  inputs: {
    X: { datatype: "FP64", shape: [2, 1], data: [0.25, 0.5] },
    y: { datatype: "FP64", shape: [2], data: [1, 2] },
  },
  parameters: { alpha: 0.5 },
};

const scheduled = {
  schedule: "nightly",
  model: "mine",
  trainer: "ridge",
  inputs: { X: { ref: "bars" }, y: { ref: "labels" } },
  trigger: { at: ["06:30"], weekdays: ["mon"] },
  validation: { rows: 10 },
  expires_after_ms: 1_000,
};

/** Requests of each operation, in an order in which each finds what it needs. */
const samples: Readonly<Record<string, readonly Sample[]>> = {
  "GET /v2/health/live": [{ status: 200 }],
  "GET /v2/health/ready": [{ status: 200 }],
  "GET /v2": [{ status: 200 }],
  "GET /v2/models/{model}": named,
  "GET /v2/models/{model}/ready": named,
  "GET /v2/models/{model}/config": named,
  "POST /v2/models/{model}/infer": infer,
  "GET /v2/models/{model}/versions/{version}": named,
  "GET /v2/models/{model}/versions/{version}/ready": named,
  "GET /v2/models/{model}/versions/{version}/config": named,
  "POST /v2/models/{model}/versions/{version}/infer": infer,
  "GET /v2/models/stats": [{ status: 200 }],
  "GET /v2/models/{model}/stats": named,
  "GET /v2/models/{model}/versions/{version}/stats": [...named, { status: 404, version: "9" }],
  "POST /v2/repository/models/{model}/load": [
    { status: 200 },
    { status: 501, body: { parameters: { config: "{}" } } },
  ],
  "POST /v2/repository/models/{model}/unload": [{ status: 200, body: {} }],
  "POST /v2/repository/index": [{ status: 200 }, { status: 200, body: { ready: true } }],
  "GET /v1/describe": [
    { status: 200 },
    { status: 200, query: "model=echo" },
    { status: 400, query: "modle=echo" },
    { status: 400, query: "model=echo&model=fit" },
    { status: 404, query: "model=nothing" },
  ],
  "POST /v1/streams/open": [
    {
      status: 200,
      body: {
        stream: "SPX",
        detector: "openly",
        history: { ts: [1, 2], values: { ...values, data: [1, 2] } },
      },
    },
    { status: 400, body: { stream: "S P", detector: "openly" } },
    { status: 404, body: { stream: "SPX2", detector: "nothing" } },
  ],
  "POST /v1/streams/observe": [
    { status: 200, body: { stream: "SPX", ts: [3, 4], values: { ...values, data: [1, 2] } } },
    { status: 400, body: { stream: "SPX", ts: [3], values } },
    { status: 404, body: { stream: "SPX2", ts: [3, 4], values: { ...values, data: [1, 2] } } },
  ],
  "GET /v1/streams/state": [
    { status: 200, query: "stream=SPX" },
    { status: 200, query: "stream=SPX&path=filtered&limit=10&values=true" },
    { status: 400, query: "stream=SPX&limit=many" },
    { status: 400, query: "stream=SPX&values=some" },
    { status: 400, query: "stream=SPX&type=close" },
    { status: 404, query: "stream=SPX2" },
  ],
  "POST /v1/streams/close": [
    { status: 200, body: { stream: "SPX" } },
    { status: 404, body: { stream: "SPX" } },
    { status: 400, body: {} },
  ],
  "POST /v1/datasets/put": [
    { status: 200, body: { dataset: "prices", columns: { X: values }, ts: 1 } },
    { status: 200, body: { columns: { X: values } } },
    { status: 400, body: { dataset: "prices", columns: {} } },
  ],
  "POST /v1/datasets/append": [
    { status: 200, body: { dataset: "prices", columns: { X: values } } },
    { status: 400, body: { dataset: "prices", columns: { Y: values } } },
    { status: 404, body: { dataset: "nothing", columns: { X: values } } },
    { status: 409, body: { dataset: "prices", version: "0f", columns: { X: values } } },
  ],
  "GET /v1/datasets": [
    { status: 200 },
    { status: 200, query: "prefix=p&limit=1" },
    { status: 400, query: "limit=0" },
  ],
  "POST /v1/datasets/drop": [
    { status: 200, body: { dataset: "prices" } },
    { status: 404, body: { dataset: "prices" } },
    { status: 400, body: {} },
  ],
  "POST /v1/train": [
    { status: 200, body: { ...training, background: true, label: "nightly" } },
    { status: 200, body: { ...training, key: "k1", keep_seconds: 60 } },
    { status: 400, body: { ...training, parameters: { alpha: [1] } } },
    { status: 404, body: { ...training, trainer: "nothing" } },
    { status: 409, body: { ...training, key: "k1" } },
  ],
  "GET /v1/jobs": [
    { status: 200 },
    { status: 200, query: "state=done&limit=1" },
    { status: 400, query: "limit=0" },
    { status: 404, query: "before=nothing" },
  ],
  "GET /v1/jobs/{job}": [
    { status: 200 },
    { status: 200, query: "log=true&outputs=true&onnx_from=0" },
    { status: 400, query: "log=some" },
    { status: 404, job: "nothing" },
  ],
  "POST /v1/jobs/{job}/cancel": [{ status: 409 }, { status: 404, job: "nothing" }],
  "POST /v1/models/{model}/versions": [
    {
      status: 200,
      query: "version=3&traffic=0.25&aliases=champion,challenger&expires_after_ms=1000",
      body: "onnx",
    },
    { status: 400, query: "version=v3", body: "onnx" },
    { status: 400, query: "traffic=2", body: "onnx" },
    { status: 400, body: "" },
  ],
  "POST /v1/models/{model}/promote": [
    { status: 200, body: { version: "1", alias: "champion", traffic: 1, reason: "r" } },
    { status: 400, body: { version: 1 } },
  ],
  "POST /v1/models/{model}/rollback": [
    { status: 200, body: {} },
    { status: 400, body: { alias: "1" } },
  ],
  "POST /v1/schedules": [
    { status: 200, body: scheduled },
    { status: 400, body: { ...scheduled, trigger: {} } },
    { status: 404, body: { ...scheduled, trainer: "nothing" } },
    { status: 409, body: { ...scheduled, tolerance: 1 } },
  ],
  "GET /v1/schedules": [
    { status: 200, query: "model=mine&limit=5" },
    { status: 400, query: "limit=0" },
  ],
  "GET /v1/schedules/{schedule}": [{ status: 200 }, { status: 404, schedule: "nothing" }],
  "POST /v1/schedules/{schedule}/remove": [{ status: 404, schedule: "nothing" }, { status: 200 }],
  "GET /v1/events": [
    { status: 200, query: "topic=regime.*" },
    { status: 400, query: "topic=price.*" },
  ],
  "GET /v1": [{ status: 426 }],
  "GET /openapi.json": [{ status: 200 }],
};

const test = face();
const ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
let document: OpenApi;

beforeAll(async () => {
  const columns = { X: { datatype: "FP64", shape: [1], data: new Uint8Array(8) } } as const;
  for (const dataset of ["bars", "labels"])
    await test.datasets.put({ namespace: "default", tenant: "default" }, { dataset, columns });
  document = (await (await test.ask("GET", "/openapi.json")).json()) as OpenApi;
  ajv.addSchema(document, "openapi");
});

/** What is wrong with a value that should have the form at a JSON pointer of the document. */
function faults(pointer: readonly string[], value: unknown): unknown {
  const path = pointer
    .map((part) => encodeURIComponent(part.replace(/~/g, "~0").replace(/\//g, "~1")))
    .join("/");
  const check = ajv.compile({ $ref: `openapi#/${path}` });
  return check(value) ? [] : check.errors;
}

describe("the OpenAPI document", () => {
  it("has an operation for every route, and no other", () => {
    const described = Object.entries(document.paths).flatMap(([path, of]) =>
      Object.keys(of).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = test.routes.routes
      .filter(({ path }) => path !== "/mcp") // a protocol of its own, which describes itself
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
    expect([...new Set(described)].sort()).toEqual([...new Set(routes)].sort());
    expect(Object.keys(samples).sort()).toEqual([...new Set(routes)].sort());
  });

  describe.each(Object.entries(samples))("%s", (operation, of) => {
    const [method = "", path = ""] = operation.split(" ");
    const object = () => document.paths[path]?.[method.toLowerCase()] as OperationObject;

    it.each(of.map((sample) => [JSON.stringify(sample), sample] as const))(
      "keeps its promise to %s",
      async (_, sample) => {
        const { status, query, model = "echo", version = "1", schedule = "nightly", body } = sample;
        const [newest] = test.training.jobs.list("default", { limit: 1 }).jobs;
        const { job = newest?.job ?? "" } = sample;
        const named = { model, version, job, schedule };
        const at = path.replace(/\{(\w+)\}/g, (_match, name: keyof typeof named) => named[name]);
        const response = await test.ask(method, query === undefined ? at : `${at}?${query}`, body);
        expect(response.status).toBe(status);
        const [type = ""] = (response.headers.get("content-type") ?? "").split(";");
        expect(Object.keys(object().responses[status]?.content ?? {})).toContain(type);
        const pointer = [
          "paths",
          path,
          method.toLowerCase(),
          "responses",
          String(status),
          "content",
          type,
          "schema",
        ];
        if (type === "application/json") expect(faults(pointer, await response.json())).toEqual([]);
        else await response.body?.cancel();
        const wanted = [
          "paths",
          path,
          method.toLowerCase(),
          "requestBody",
          "content",
          "application/json",
          "schema",
        ];
        const isJson = "application/json" in (object().requestBody?.content ?? {});
        if (status === 200 && isJson && typeof body === "object") expect(faults(wanted, body)).toEqual([]);
      },
    );
  });

  it("lists for each operation the refusals that any route may give", () => {
    for (const of of Object.values(document.paths))
      for (const { responses } of Object.values(of))
        expect(Object.keys(responses)).toEqual(expect.arrayContaining(["403", "405", "429", "500", "503"]));
  });

  it("has the form of a request of each servable, as describe has its inputs and parameters", async () => {
    const { schemas } = document.components;
    expect(faults(["components", "schemas", "infer.echo.1"], { inputs })).toEqual([]);
    expect(
      faults(["components", "schemas", "infer.echo.1"], { inputs: [{ ...inputs[0], name: "Y" }] }),
    ).not.toEqual([]);
    const { models } = (await (await test.ask("GET", "/v1/describe")).json()) as {
      models: { name: string; kind: string }[];
    };
    for (const { name, kind } of models)
      expect(Object.keys(schemas)).toContain(`${kind === "trainer" ? "train" : "infer"}.${name}.1`);
  });

  it("has the form of a training with each trainer, down to the steps of a pipeline", () => {
    const form = (trainer: string) => ["components", "schemas", `train.${trainer}.1`];
    const of = (trainer: string, parameters: object) => ({ ...training, trainer, parameters });
    expect(faults(form("ridge"), training)).toEqual([]);
    expect(faults(form("ridge"), of("ridge", { alpha: -1 }))).not.toEqual([]);
    expect(faults(form("mlp"), of("mlp", { hidden_layer_sizes: [8, 4] }))).toEqual([]);
    expect(faults(form("mlp"), of("mlp", { hidden_layer_sizes: [8, 0] }))).not.toEqual([]);
    expect(faults(form("mlp"), of("mlp", { class_weight: { up: 2 }, stopping: { rounds: 5 } }))).toEqual([]);
    expect(faults(form("mlp"), of("mlp", { stopping: {} }))).not.toEqual([]);
    expect(faults(form("pipeline"), of("pipeline", { steps: [{ trainer: "ridge" }] }))).toEqual([]);
    expect(faults(form("pipeline"), of("pipeline", { steps: [{ trainer: "nothing" }] }))).not.toEqual([]);
    expect(faults(form("pipeline"), of("pipeline", {}))).not.toEqual([]);
  });
});

describe("a known path with a method that it has not", () => {
  it.each([
    ["DELETE", "/v2/models/echo.with.dots", "GET, HEAD"],
    ["POST", "/v2/models/echo/versions/1/ready", "GET, HEAD"],
    ["GET", "/v2/models/echo/infer", "POST"],
    ["PUT", "/v1/streams/open", "POST"],
    ["POST", "/v1/events?topic=regime.*", "GET, HEAD"],
    ["TRACE2", "/openapi.json", "GET, HEAD"],
  ])("%s %s is answered 405, with Allow: %s", async (method, path, allow) => {
    const response = await test.ask(method, path);
    expect([response.status, response.headers.get("allow")]).toEqual([405, allow]);
    expect(await response.json()).toMatchObject({ error: `the method: must be one of ${allow}` });
  });

  it("is not what an unknown path has", async () => {
    expect((await test.ask("DELETE", "/v2/modelsX/echo")).status).toBe(404);
  });
});

it("HEAD of events answers the headers and opens no subscription", async () => {
  const { ask, eventStreams } = face();
  const response = await ask("HEAD", "/v1/events?topic=regime.*");
  expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  expect(eventStreams.count).toBe(0);
  expect((await ask("HEAD", "/v1/events?topic=price.*")).status).toBe(400);
});
