/**
 * The authorisation matrix: every frame and every HTTP route, with every single scope, of the owner and of another
 * tenant. A frame or a route that has no row here fails.
 */
import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import type { Principal } from "../../gateway/auth/principal.js";
import { allScopes, type Scope, scopes } from "../../gateway/auth/scopes.js";
import { metricsRoutes } from "../../gateway/faces/http/metrics-routes.js";
import { pageFile } from "../../gateway/faces/page-files/page-file.js";
import { pageRoutes } from "../../gateway/faces/page-files/routes.js";
import { openHttpFace } from "../../gateway/wiring/http-routes.js";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import { clientFrameTypes } from "../../protocol/parse-client-frame.js";
import { toWire } from "../../protocol/tensor.js";
import { request } from "../jobs/fakes.js";
import { hello, type TestHouse, type TestSession, testHouse, testSession } from "../support/house.js";
import { change, publish } from "../support/regimes.js";
import { anybody } from "../support/requests.js";
import { rowsOf } from "../support/servables.js";
import { trainerSignatures } from "../support/trainers.js";

/** `any`: every accepted credential may. `none`: no credential is needed. */
type Right = Scope | "any" | "none";

/** What a frame needs; of several scopes one is enough. */
type Needs = Right | readonly Scope[];

interface FrameRow {
  readonly name: string;
  readonly needs: Exclude<Needs, "none">;
  /** A second scope that it needs, which every client of the row has. */
  readonly beside?: Scope;
  /** It is accepted with a grant of other topics, and leaves out what is not granted: test/watch. */
  readonly listsGranted?: boolean;
  /** The frame, which gets the id 9 if its type has one. */
  readonly frame: ClientFrame;
  /** The code for a tenant of another namespace that has every scope; undefined where it is accepted. */
  readonly elsewhere: string | undefined;
}

const scheduled = {
  schedule: "nightly",
  model: "mine",
  trainer: "ridge",
  inputs: { X: { ref: "bars" }, y: { ref: "labels" } },
  trigger: { every_ms: 86_400_000 },
  promote: "always",
} as const;
const values = toWire({ datatype: "FP64", shape: [1], data: Float64Array.of(0.25) });

const table = toWire({ datatype: "FP64", shape: [1, 2], data: Float64Array.of(0.25, 0.5) });

/** The owner has opened the stream SPX and fed it one observation before each row. */
const frameRows: Readonly<Record<ClientFrame["type"], readonly FrameRow[]>> = {
  hello: [], // its outcome is tested below: it needs a credential, and no scope
  cancel: [{ name: "cancel", needs: "any", frame: { type: "cancel", id: 9 }, elsewhere: undefined }],
  describe: [{ name: "describe", needs: "any", frame: { type: "describe", id: 9 }, elsewhere: undefined }],
  infer: [
    {
      name: "infer of a model",
      needs: "models:infer",
      frame: { type: "infer", id: 9, model: "echo", inputs: { X: rowsOf(1) } },
      elsewhere: undefined,
    },
    {
      name: "infer of a fit",
      needs: "fits:run",
      frame: { type: "infer", id: 9, model: "fit", inputs: { X: rowsOf(1) } },
      elsewhere: undefined,
    },
  ],
  put: [
    {
      name: "put",
      needs: "datasets:write",
      frame: { type: "put", id: 9, dataset: "mine", columns: { X: values } },
      elsewhere: undefined, // a dataset of the same name in a namespace of its own
    },
  ],
  append: [
    {
      name: "append",
      needs: "datasets:write",
      frame: { type: "append", id: 9, dataset: "prices", columns: { X: values } },
      elsewhere: "not_found",
    },
  ],
  drop: [
    {
      name: "drop",
      needs: "datasets:write",
      frame: { type: "drop", id: 9, dataset: "prices" },
      elsewhere: "not_found",
    },
  ],
  datasets: [
    {
      name: "datasets",
      needs: ["datasets:write", "fits:run", "models:infer"],
      frame: { type: "datasets", id: 9 },
      elsewhere: undefined, // its own datasets, of which there are none
    },
  ],
  train: [
    {
      name: "train",
      needs: "training:run",
      frame: { type: "train", id: 9, trainer: "ridge", inputs: { X: table, y: values }, background: true },
      elsewhere: undefined, // a job of its own
    },
  ],
  jobs: [
    {
      name: "jobs",
      needs: "training:run",
      frame: { type: "jobs", id: 9 },
      elsewhere: undefined, // its own jobs, of which there are none
    },
  ],
  cancel_job: [
    {
      name: "cancel_job",
      needs: "training:run",
      frame: { type: "cancel_job", id: 9, job: "j1" },
      elsewhere: "not_found",
    },
  ],
  upload: [
    {
      name: "upload",
      needs: "models:admin",
      frame: { type: "upload", id: 9, publish: { model: "mine" }, onnx: Uint8Array.of(1) },
      elsewhere: undefined, // a model of the whole gateway's repository
    },
  ],
  promote: [
    {
      name: "promote",
      needs: "models:admin",
      frame: { type: "promote", id: 9, model: "echo", version: "1" },
      elsewhere: undefined, // a model of the whole gateway's repository
    },
  ],
  schedule: [
    {
      name: "schedule",
      needs: "training:run",
      frame: { type: "schedule", id: 9, ...scheduled },
      elsewhere: "not_found", // its own datasets, of which there are none
    },
  ],
  schedules: [
    {
      name: "schedules",
      needs: "training:run",
      frame: { type: "schedules", id: 9 },
      elsewhere: undefined, // its own schedules, of which there are none
    },
  ],
  unschedule: [
    {
      name: "unschedule",
      needs: "training:run",
      frame: { type: "unschedule", id: 9, schedule: "nightly" },
      elsewhere: "not_found",
    },
  ],
  rollback: [
    {
      name: "rollback",
      needs: "models:admin",
      frame: { type: "rollback", id: 9, model: "echo" },
      elsewhere: undefined,
    },
  ],
  open: [
    {
      name: "open",
      needs: "streams:write",
      frame: { type: "open", id: 9, stream: "SPX", detector: "openly" },
      elsewhere: undefined, // a stream of the same name in a namespace of its own
    },
    {
      name: "open with a detector that calls a model",
      needs: "models:infer",
      beside: "streams:write",
      frame: { type: "open", id: 9, stream: "NDX", detector: "by_model" },
      elsewhere: undefined,
    },
    {
      name: "open with a detector that calls a model, of one who may infer",
      needs: "streams:write",
      beside: "models:infer",
      frame: { type: "open", id: 9, stream: "NDX", detector: "by_model" },
      elsewhere: undefined,
    },
  ],
  observe: [
    {
      name: "observe with an id",
      needs: "streams:write",
      frame: { type: "observe", id: 9, stream: "SPX", ts: 2, values },
      elsewhere: "not_found",
    },
    {
      name: "observe without an id",
      needs: "streams:write",
      frame: { type: "observe", stream: "SPX", ts: 2, values },
      elsewhere: "not_found",
    },
  ],
  close: [
    {
      name: "close",
      needs: "streams:write",
      frame: { type: "close", id: 9, stream: "SPX" },
      elsewhere: "not_found",
    },
  ],
  state: [
    {
      name: "state",
      needs: "streams:read",
      frame: { type: "state", id: 9, stream: "SPX" },
      elsewhere: "not_found",
    },
  ],
  subscribe: [
    {
      name: "subscribe to a topic",
      needs: "streams:read",
      frame: { type: "subscribe", id: 9, topic: "regime.SPX" },
      elsewhere: undefined, // to the topic of the same name in its own namespace
    },
    {
      name: "subscribe to a pattern",
      needs: "streams:read",
      frame: { type: "subscribe", id: 9, topic: "regime.*" },
      elsewhere: undefined,
    },
  ],
  unsubscribe: [
    {
      name: "unsubscribe",
      needs: "any",
      frame: { type: "unsubscribe", id: 9, topic: "regime.SPX" },
      elsewhere: "not_found", // what this connection has not subscribed
    },
  ],
  refresh: [
    {
      name: "refresh",
      needs: "any",
      frame: { type: "refresh", id: 9, token: "t" },
      elsewhere: "permission_denied", // the token belongs to the default tenant
    },
  ],
  watch: [
    {
      name: "watch gateway.stats",
      needs: "any",
      frame: { type: "watch", id: 9, topic: "gateway.stats" },
      elsewhere: undefined, // it sees its own figures: test/watch
    },
    {
      name: "watch gateway.workers",
      needs: "metrics:read",
      frame: { type: "watch", id: 9, topic: "gateway.workers" },
      elsewhere: undefined,
    },
    {
      name: "watch gateway.connections",
      needs: "any",
      frame: { type: "watch", id: 9, topic: "gateway.connections" },
      elsewhere: undefined,
    },
    {
      name: "watch gateway.models",
      needs: "any",
      frame: { type: "watch", id: 9, topic: "gateway.models" },
      elsewhere: undefined,
    },
    {
      name: "watch gateway.streams",
      needs: "streams:read",
      listsGranted: true,
      frame: { type: "watch", id: 9, topic: "gateway.streams" },
      elsewhere: undefined, // it sees the streams of its own namespace
    },
  ],
  unwatch: [
    {
      name: "unwatch",
      needs: "any",
      frame: { type: "unwatch", id: 9, topic: "gateway.stats" },
      elsewhere: "not_found", // what this connection does not watch
    },
  ],
};

interface RouteRow {
  readonly needs: Needs;
  /** The path to ask, where it has parameters. */
  readonly path?: string | ((job: string, schedule: string) => string);
  readonly body?: string;
}

/** A request that needs no scope; the scope that each tool needs is tested in test/mcp/authorization.test.ts. */
const mcpBody = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} });

const inferBody = JSON.stringify({ inputs: [{ name: "X", datatype: "FP32", shape: [1, 1], data: [1] }] });

const datasetBody = JSON.stringify({
  dataset: "prices",
  columns: { X: { datatype: "FP64", shape: [1], data: [0.25] } },
});

const trainBody = JSON.stringify({
  trainer: "ridge",
  inputs: {
    X: { datatype: "FP64", shape: [1, 2], data: [0.25, 0.5] },
    y: { datatype: "FP64", shape: [1], data: [1] },
  },
  background: true,
});

/** By HTTP method and path. */
const routeRows: Readonly<Record<string, RouteRow>> = {
  "GET /v2/health/live": { needs: "none" },
  "GET /v2/health/ready": { needs: "none" },
  "GET /metrics": { needs: "metrics:read" },
  "GET /v1": { needs: "none" },
  "GET /": { needs: "none" },
  "GET /page/main.js": { needs: "none" },
  "GET /v2": { needs: "any" },
  "GET /v2/models/:model": { needs: "any", path: "/v2/models/echo" },
  "GET /v2/models/:model/ready": { needs: "any", path: "/v2/models/echo/ready" },
  "GET /v2/models/:model/config": { needs: "any", path: "/v2/models/echo/config" },
  "POST /v2/models/:model/infer": {
    needs: "models:infer",
    path: "/v2/models/echo/infer",
    body: inferBody,
  },
  "GET /v2/models/:model/versions/:version": { needs: "any", path: "/v2/models/echo/versions/1" },
  "GET /v2/models/:model/versions/:version/ready": {
    needs: "any",
    path: "/v2/models/echo/versions/1/ready",
  },
  "GET /v2/models/:model/versions/:version/config": {
    needs: "any",
    path: "/v2/models/echo/versions/1/config",
  },
  "POST /v2/models/:model/versions/:version/infer": {
    needs: "fits:run",
    path: "/v2/models/fit/versions/1/infer",
    body: inferBody,
  },
  "POST /v2/repository/index": { needs: "any" },
  "GET /v2/models/stats": { needs: "metrics:read" },
  "GET /v2/models/:model/stats": { needs: "metrics:read", path: "/v2/models/echo/stats" },
  "GET /v2/models/:model/versions/:version/stats": {
    needs: "metrics:read",
    path: "/v2/models/echo/versions/1/stats",
  },
  "POST /v2/repository/models/:model/load": {
    needs: "models:admin",
    path: "/v2/repository/models/echo/load",
  },
  "POST /v2/repository/models/:model/unload": {
    needs: "models:admin",
    path: "/v2/repository/models/echo/unload",
  },
  "POST /v1/models/:model/promote": {
    needs: "models:admin",
    path: "/v1/models/echo/promote",
    body: JSON.stringify({ version: "1" }),
  },
  "POST /v1/models/:model/rollback": {
    needs: "models:admin",
    path: "/v1/models/echo/rollback",
    body: "{}",
  },
  "POST /mcp": { needs: "any", body: mcpBody },
  "GET /v1/describe": { needs: "any" },
  "POST /v1/streams/open": {
    needs: "streams:write",
    body: JSON.stringify({ stream: "SPX", detector: "openly" }),
  },
  "POST /v1/streams/observe": {
    needs: "streams:write",
    body: JSON.stringify({
      stream: "SPX",
      ts: 1,
      values: { datatype: "FP64", shape: [1], data: [0.25] },
    }),
  },
  "GET /v1/streams/state": { needs: "streams:read", path: "/v1/streams/state?stream=SPX" },
  "POST /v1/streams/close": { needs: "streams:write", body: JSON.stringify({ stream: "SPX" }) },
  "GET /v1/datasets": { needs: ["datasets:write", "fits:run", "models:infer"] },
  "POST /v1/datasets/put": { needs: "datasets:write", body: datasetBody },
  "POST /v1/datasets/append": { needs: "datasets:write", body: datasetBody },
  "POST /v1/datasets/drop": { needs: "datasets:write", body: JSON.stringify({ dataset: "prices" }) },
  "POST /v1/train": { needs: "training:run", body: trainBody },
  "POST /v1/schedules": { needs: "training:run", body: JSON.stringify(scheduled) },
  "GET /v1/schedules": { needs: "training:run" },
  "GET /v1/schedules/:schedule": {
    needs: "training:run",
    path: (_job, schedule) => `/v1/schedules/${schedule}`,
  },
  "POST /v1/schedules/:schedule/remove": {
    needs: "training:run",
    path: (_job, schedule) => `/v1/schedules/${schedule}/remove`,
  },
  "GET /v1/jobs": { needs: "training:run" },
  "GET /v1/jobs/:job": { needs: "training:run", path: (job) => `/v1/jobs/${job}` },
  "POST /v1/jobs/:job/cancel": { needs: "training:run", path: (job) => `/v1/jobs/${job}/cancel` },
  "POST /v1/models/:model/versions": {
    needs: "models:admin",
    path: "/v1/models/mine/versions?traffic=0.5",
    body: "onnx",
  },
  "GET /openapi.json": { needs: "any" },
  "GET /v1/events": { needs: "streams:read", path: "/v1/events?topic=regime.*" },
};

const rows = Object.values(frameRows).flat();

/** The owner of a token that an open gateway would not give, so that `refresh` stays with one tenant. */
const owner: Principal = { ...anybody, tenant: "default" };

async function stand(): Promise<TestHouse> {
  const house = testHouse({}, undefined, trainerSignatures);
  const feed = testSession(house, owner);
  await feed.send(hello, { type: "open", id: 1, stream: "SPX", detector: "openly" });
  await feed.send({ type: "observe", id: 2, stream: "SPX", ts: 1, values });
  expect(feed.heard().map(({ type }) => type)).toEqual(["welcome", "ack", "ack"]);
  return house;
}

/** What a frame brings to a client: the code of the error, or undefined. */
async function outcome(house: TestHouse, client: TestSession, frame: ClientFrame) {
  await client.send(frame);
  house.engine.finishAll();
  await house.clock.settle();
  const answers = client.heard();
  const error = answers.find((answer) => answer.type === "error");
  return { code: error?.code, message: error?.message ?? "", answers };
}

async function client(house: TestHouse, principal: Principal): Promise<TestSession> {
  const session = testSession(house, principal);
  await session.send(hello);
  expect(session.heard()).toMatchObject([{ type: "welcome" }]);
  return session;
}

const raise = (error: unknown) => {
  throw error;
};

describe("the authorisation matrix of frames", () => {
  it("has a row for every frame that a client may send", () => {
    expect(Object.keys(frameRows).sort()).toEqual([...clientFrameTypes].sort());
    const without = Object.entries(frameRows).filter(([type, of]) => type !== "hello" && of.length === 0);
    expect(without).toEqual([]);
  });

  describe.each(rows)("$name", ({ needs, beside, frame, elsewhere, listsGranted = false }) => {
    it.each(scopes)(`with ${needs === "any" ? "only" : "or without"} %s`, async (scope) => {
      const house = await stand();
      const runs = house.engine.runs.length;
      const one = await client(house, {
        ...owner,
        scopes: new Set([scope, ...(beside === undefined ? [] : [beside])]),
      });
      const { code, message, answers } = await outcome(house, one, frame);
      if (isEnough(needs, scope)) return expect(code).not.toBe("permission_denied");
      expect(answers).toHaveLength(1);
      const words = Array.isArray(needs)
        ? `the token grants none of the scopes ${needs.join(", ")}, of which one is needed`
        : `the token does not grant the scope ${needs}`;
      expect([code, message]).toEqual(["permission_denied", words]);
      expect(house.engine.runs).toHaveLength(runs);
      expect(await untouched(house)).toBe(true);
    });

    it("with no scope at all", async () => {
      const house = await stand();
      const { code } = await outcome(house, await client(house, { ...owner, scopes: new Set() }), frame);
      if (needs === "any") expect(code).not.toBe("permission_denied");
      else expect(code).toBe("permission_denied");
      expect(await untouched(house)).toBe(true);
    });

    it("of another tenant in another namespace, with all scopes", async () => {
      const house = await stand();
      const other: Principal = { ...owner, tenant: "other", namespace: "other", scopes: allScopes };
      const one = await client(house, other);
      expect((await outcome(house, one, frame)).code).toBe(elsewhere);
      expect(await untouched(house)).toBe(true);
      await publish(house, { namespace: owner.namespace, topic: "regime.SPX" }, change("SPX"));
      await house.clock.settle();
      expect(one.heard().filter(({ type }) => type === "event" || type === "snapshot")).toEqual([]);
    });

    it("with a grant of other topics", async () => {
      const house = await stand();
      const one = await client(house, { ...owner, topics: ["regime.other/*"] });
      const { code } = await outcome(house, one, frame);
      const needsTopic = [needs, beside].some(
        (scope) => scope === "streams:read" || scope === "streams:write",
      );
      if (needsTopic && !listsGranted) {
        expect(code).toBe("permission_denied");
        expect(await untouched(house)).toBe(true);
      } else expect(code).not.toBe("permission_denied");
    });
  });

  it.each([
    [null, 4401],
    ["wrong", 4401],
    ["good", undefined],
  ])("hello with the token %s closes with %s", async (token, closeCode) => {
    const sha256 = "770e607624d689265ca6c44884d0807d9b054d23c473c106c72be9de08b7376c"; // of "good"
    const house = testHouse({ auth: { keys: [{ sha256, tenant: "desk", scopes: [] }] } });
    const one = testSession(house, null);
    await one.send({ type: "hello", ...(token !== null && { token }) });
    expect(one.transport.closes[0]?.code).toBe(closeCode);
    expect(one.heard().map((answer: GatewayFrame) => answer.type)).toEqual(closeCode ? [] : ["welcome"]);
  });
});

/** Whether a scope is what is needed, or one of several that each are enough. */
function isEnough(needs: Needs, scope: string): boolean {
  return needs === "any" || needs === scope || (Array.isArray(needs) && needs.includes(scope));
}

/** Whether the owner's stream is as it was: open, with one observation. */
async function untouched(house: TestHouse): Promise<boolean> {
  const one = await client(house, owner);
  await one.send({ type: "state", id: 1, stream: "SPX" });
  const [ack] = one.heard();
  return ack?.type === "ack" && (ack as { state?: { observations?: number } }).state?.observations === 1;
}

describe("the authorisation matrix of HTTP routes", () => {
  const sha256 = (token: string) => createHash("sha256").update(token).digest("hex");
  const keys = [
    ...scopes.map((scope) => ({ sha256: sha256(scope), tenant: "desk", scopes: [scope] })),
    { sha256: sha256("nothing"), tenant: "desk", scopes: [] },
  ];
  const { house, engine, clock, training, datasets } = testHouse(
    { auth: { keys } },
    undefined,
    trainerSignatures,
  );
  /** A job of the tenant that runs, one for each call. */
  const newJob = () => {
    const principal: Principal = { ...owner, tenant: "desk", namespace: "default" };
    return training.jobs.submit({ ...request({ background: true }), principal }).job;
  };
  /** A schedule of the tenant, one for each call. */
  const newSchedule = () => {
    const principal: Principal = { ...owner, tenant: "desk", namespace: "default" };
    const settings = { ...scheduled, schedule: `s-${training.schedules.register.all().length}` };
    void training.schedules.put({ settings, replace: true, principal });
    return settings.schedule;
  };
  beforeAll(async () => {
    const columns = { X: { datatype: "FP64", shape: [1], data: new Uint8Array(8) } } as const;
    for (const dataset of ["bars", "labels"])
      await datasets.put({ namespace: "default", tenant: "desk" }, { dataset, columns });
  });
  const exposition = async () => ({ contentType: "text/plain", body: "" });
  const metrics = metricsRoutes(exposition, undefined, clock, house.authenticators);
  const page = pageRoutes(["index.html", "main.js"].map((name) => pageFile(name, Buffer.from(name))));
  const { routes } = openHttpFace(house, () => undefined, metrics, raise, undefined, page);

  it("has a row for every route", () => {
    const paths = routes.routes.map(({ method, path }) => `${method} ${path}`);
    expect([...new Set(paths)].sort()).toEqual(Object.keys(routeRows).sort());
  });

  describe.each(Object.entries(routeRows))("%s", (route, { needs, path, body }) => {
    const [method = "", pattern = ""] = route.split(" ");
    const status = async (token?: string) => {
      const headers = {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && {
          "content-length": String(body.length),
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
        }),
      };
      const response = routes.request(
        typeof path === "function" ? path(newJob(), newSchedule()) : (path ?? pattern),
        {
          method,
          headers,
          ...(body !== undefined && { body }),
        },
      );
      for (let i = 0; i < 20; i++) {
        await clock.settle();
        engine.finishAll();
      }
      return (await response).status;
    };

    it.each([...scopes, "nothing"])(`needs ${needs}, and is asked with %s`, async (token) => {
      const runs = engine.runs.length;
      const got = await status(token);
      if (needs === "none" || isEnough(needs, token)) return expect([200, 426]).toContain(got);
      expect(got).toBe(403);
      expect(engine.runs).toHaveLength(runs);
    });

    it("is asked without credentials, or with wrong ones", async () => {
      for (const token of [undefined, "wrong"]) {
        if (needs === "none") expect([200, 426]).toContain(await status(token));
        else expect(await status(token)).toBe(401);
      }
    });
  });
});
