/** Quotas at the request service: what is refused, what it costs, and that nobody else pays for it. */
import { describe, expect, it } from "vitest";
import type { Servable } from "../../engines/servable.js";
import type { InferenceRequest } from "../../gateway/catalog/inference-request.js";
import type { Requester } from "../../gateway/requests/requester.js";
import type { Answer } from "../../gateway/scheduling/queued-request.js";
import { HeadgateError } from "../../protocol/errors.js";
import { toWire } from "../../protocol/tensor.js";
import { anybody, testRequests } from "../support/requests.js";
import { fitting, model, rowsOf } from "../support/servables.js";

const of = (tenant: string): Requester => ({ principal: { ...anybody, tenant, namespace: tenant } });
const [alpha, beta] = [of("alpha"), of("beta")];

const echo = (value: number, rest: Partial<InferenceRequest> = {}): InferenceRequest => ({
  model: "echo",
  inputs: { X: rowsOf(value) },
  ...rest,
});

const ticks = (from: number, n = 1) => ({
  stream: "SPX",
  ts: Array.from({ length: n }, (_, i) => from + i),
  values: toWire({ datatype: "FP64", shape: [n, 1], data: new Float64Array(n) }),
});

function harness(quotas: object, servables = [model(), fitting()], tenants: object = {}) {
  const all = testRequests({ quotas, tenants }, servables);
  const { requests, clock, quotas: ledger, engine } = all;
  /** The error with which a request is refused at once or later; undefined when it is answered. */
  const outcome = async (start: () => unknown): Promise<HeadgateError | undefined> => {
    try {
      const started = start();
      const answered = started instanceof Promise ? started : (started as { answer?: unknown }).answer;
      Promise.resolve(answered).catch(() => undefined); // it may reject before it is awaited below
      await clock.settle();
      engine.finishAll(10);
      await answered;
    } catch (error) {
      if (error instanceof HeadgateError) return error;
      throw error;
    }
    return undefined;
  };
  const infer = (who: Requester, request: InferenceRequest) => outcome(() => requests.infer(who, request));
  const used = (
    tenant: string,
    quota: "compute_ms" | "rows" | "fits" | "requests" | "bytes" | "subscriptions",
  ) => ledger.of(tenant).used(quota, clock.now());
  return { ...all, outcome, infer, used };
}

describe("a request over a quota", () => {
  it("of any kind is refused, with the exact time; none of it is computed, and another tenant's is answered", async () => {
    const { requests, outcome, infer, clock, engine } = harness({ requests: { per_second: 10, burst: 2 } });
    for (let i = 0; i < 2; i++) expect(await infer(alpha, echo(i))).toBeUndefined();
    const ran = engine.runs.length;
    const refused = { code: "resource_exhausted", retryable: true, processed: "no", retryAfterMs: 100 };
    expect(await infer(alpha, echo(3))).toMatchObject(refused);
    expect(await outcome(() => requests.describe(alpha, "echo"))).toMatchObject(refused);
    expect(
      await outcome(() => requests.streams.open(alpha, { stream: "SPX", detector: "openly" })),
    ).toMatchObject(refused);
    expect(await outcome(() => requests.streams.observe(alpha, ticks(1)))).toMatchObject(refused);
    expect(await outcome(() => requests.streams.feed(alpha, ticks(1)))).toMatchObject(refused);
    expect(await outcome(() => requests.streams.state(alpha, { stream: "SPX" }))).toMatchObject(refused);
    expect(await outcome(() => requests.topics.subscribe(alpha, "regime.SPX", 1, () => 1))).toMatchObject(
      refused,
    );
    expect(engine.runs).toHaveLength(ran);
    expect(requests.lifecycle.inFlight).toBe(0);
    expect(await infer(beta, echo(4))).toBeUndefined();
    clock.jump(100);
    expect(await infer(alpha, echo(5))).toBeUndefined();
  });

  it("is refused by its rows only once: observations, histories and the rows of inputs count", async () => {
    const { requests, outcome, infer, used } = harness({ rows: { per_second: 100, burst: 50 } });
    const history = { ts: [1, 2, 3], values: ticks(1, 3).values };
    expect(
      await outcome(() => requests.streams.open(alpha, { stream: "SPX", detector: "openly", history })),
    ).toBeUndefined();
    expect(await outcome(() => requests.streams.observe(alpha, ticks(10, 20)))).toBeUndefined();
    expect(await infer(alpha, echo(1, { inputs: { X: rowsOf(1, 4) } }))).toBeUndefined();
    expect(used("alpha", "rows")).toBe(27);
    expect(await outcome(() => requests.streams.observe(alpha, ticks(100, 24)))).toMatchObject({
      retryAfterMs: 10,
    });
    expect(await outcome(() => requests.streams.observe(alpha, ticks(100, 51)))).toMatchObject({
      retryable: false,
    });
    expect(used("alpha", "rows")).toBe(27);
    expect(await outcome(() => requests.streams.observe(alpha, ticks(100, 23)))).toBeUndefined();
  });

  it("is refused by the bytes of its tensors", async () => {
    const { requests, outcome, infer, used } = harness({ bytes: { per_second: 100, burst: 200 } });
    expect(
      await outcome(() => requests.streams.open(alpha, { stream: "SPX", detector: "openly" })),
    ).toBeUndefined();
    expect(await outcome(() => requests.streams.observe(alpha, ticks(1, 20)))).toBeUndefined();
    expect(used("alpha", "bytes")).toBe(160);
    expect(await infer(alpha, echo(1, { inputs: { X: rowsOf(1, 11) } }))).toMatchObject({
      retryAfterMs: 40,
      message: expect.stringMatching(/^quota bytes: tenant alpha may use 100 bytes of tensors a second/),
    });
    expect(await infer(alpha, echo(1))).toBeUndefined();
  });
});

describe("compute time", () => {
  it("is charged by the rows of a batch, to the tenants whose rows they were", async () => {
    const { requests, clock, engine, used } = harness({ compute_ms: { per_second: 1_000, burst: 1_000 } });
    const running = [
      requests.infer(alpha, echo(1)),
      requests.infer(beta, echo(2, { inputs: { X: rowsOf(2, 3) } })),
    ];
    await clock.settle();
    expect(engine.runs).toHaveLength(1);
    clock.jump(40);
    engine.finishAll(40);
    await Promise.all(running.map(({ answer }) => answer));
    expect([used("alpha", "compute_ms"), used("beta", "compute_ms")]).toEqual([10, 30]);
  });

  it("that a tenant owes is paid before it computes again, while others compute", async () => {
    const { requests, clock, engine, infer } = harness({ compute_ms: { per_second: 100, burst: 100 } });
    const long = requests.infer(alpha, echo(1));
    await clock.settle();
    clock.jump(600);
    engine.finishAll(600);
    await long.answer;
    expect(await infer(alpha, echo(2))).toMatchObject({
      retryAfterMs: 5_000,
      retryable: true,
      processed: "no",
    });
    expect(engine.runs).toHaveLength(1);
    expect(await infer(beta, echo(3))).toBeUndefined();
    clock.jump(5_000);
    expect(await infer(alpha, echo(4))).toBeUndefined();
  });

  it("of eight workers at once is summed, and of a fit that was cancelled while it ran as well", async () => {
    const quotas = { quotas: { compute_ms: { per_second: 1_000, burst: 1_000 } } };
    const { requests, clock, engine, quotas: ledger } = testRequests(quotas, [fitting()], undefined, 8);
    const running = Array.from({ length: 8 }, () =>
      requests.infer(alpha, { model: "fit", inputs: { X: rowsOf(1) } }),
    );
    for (const { answer } of running) answer.catch(() => undefined);
    await clock.settle();
    expect(engine.runs).toHaveLength(8);
    clock.jump(1_000);
    running[0]?.cancel();
    engine.finishAll(1_000);
    await Promise.allSettled(running.map(({ answer }) => answer));
    await clock.settle();
    expect(ledger.of("alpha").used("compute_ms", clock.now())).toBe(8_000);
    expect(() => requests.infer(alpha, { model: "fit", inputs: { X: rowsOf(1) } })).toThrow(
      expect.objectContaining({ retryAfterMs: 7_000 }),
    );
    requests.infer(beta, { model: "fit", inputs: { X: rowsOf(1) } });
    await clock.settle();
    expect(engine.runs).toHaveLength(9);
  });

  it("that a tenant owes keeps it from having a model loaded, and not from an answer that is kept", () => {
    const taken: string[] = [];
    const path = {
      concerns: () => true,
      take: ({ servable }: { readonly servable: Servable }) => {
        taken.push(servable.signature.name);
        return { answer: new Promise<Answer>(() => {}), cancel: () => {}, cached: false };
      },
    };
    const cache = { bytesMax: 1_000, ageMaxMs: 1_000, shared: false };
    const all = testRequests(
      { quotas: { compute_ms: { per_second: 1_000, burst: 1_000 } } },
      [model({}, "unloaded"), { ...model({}, "cached"), responseCache: cache }],
      undefined,
      1,
      path,
    );
    all.quotas.of("alpha").computed(2_000, all.clock.now());
    expect(() => all.requests.infer(alpha, echo(1, { model: "unloaded" }))).toThrow(/^quota compute_ms: /);
    all.requests.infer(alpha, echo(1, { model: "cached" }));
    all.requests.infer(beta, echo(1, { model: "unloaded" }));
    expect(taken).toEqual(["cached", "unloaded"]);
  });

  it("is not charged for a pause of the process", async () => {
    const { requests, clock, engine, used } = harness({ compute_ms: { per_second: 1, burst: 100_000 } });
    const running = requests.infer(alpha, echo(1));
    await clock.settle();
    clock.jump(20);
    clock.sleep(3_600_000);
    engine.finishAll(3_600_020); // the worker's clock saw the pause
    await running.answer;
    expect(used("alpha", "compute_ms")).toBeLessThan(1_000);
  });

  it("is not charged to a repeat of a key, which is answered from what is kept; the request is", async () => {
    const { infer, used, engine, clock } = harness({
      requests: { per_second: 1, burst: 10 },
      rows: { per_second: 1, burst: 10 },
      compute_ms: { per_second: 1, burst: 100 },
    });
    expect(await infer(alpha, echo(1, { key: "k" }))).toBeUndefined();
    await clock.settle();
    const [compute, rows] = [used("alpha", "compute_ms"), used("alpha", "rows")];
    for (let i = 0; i < 5; i++) expect(await infer(alpha, echo(1, { key: "k" }))).toBeUndefined();
    expect(engine.runs).toHaveLength(1);
    expect([used("alpha", "compute_ms"), used("alpha", "rows")]).toEqual([compute, rows]);
    expect(used("alpha", "requests")).toBe(6);
  });
});

describe("what is held", () => {
  it("fits at once are refused beyond the quota, and count until they are answered", async () => {
    const { requests, clock, engine, used } = harness({ fits: 2 });
    const startFit = () => requests.infer(alpha, { model: "fit", inputs: { X: rowsOf(1) } });
    const running = [startFit(), startFit()];
    expect(() => startFit()).toThrow(/^quota fits: tenant alpha may have 2 fits at once/);
    await clock.settle();
    const first = running[0]?.answer.catch(() => undefined);
    running[0]?.cancel();
    await first;
    await clock.settle();
    running.push(startFit());
    for (let i = 0; i < 3; i++) {
      await clock.settle();
      engine.finishAll();
    }
    await Promise.allSettled(running.map(({ answer }) => answer));
    expect(used("alpha", "fits")).toBe(0);
  });

  it("subscriptions count over all connections, and are released once", () => {
    const { requests, used } = harness({ subscriptions: 2 });
    const first = requests.topics.subscribe(alpha, "regime.A", 1, (place) => place);
    requests.topics.subscribe({ ...alpha, connection: "another" }, "regime.B", 1, (place) => place);
    expect(() => requests.topics.subscribe(alpha, "regime.C", 1, () => 1)).toThrow(/^quota subscriptions: /);
    expect(() =>
      requests.topics.subscribe(beta, "regime.C", 1, () => {
        throw new HeadgateError("failed_precondition", "subscribed already");
      }),
    ).toThrow(/subscribed already/);
    expect([used("alpha", "subscriptions"), used("beta", "subscriptions")]).toEqual([2, 0]);
    first.end();
    requests.topics.subscribe(alpha, "regime.C", 1, () => 1);
  });
});

it("a tenant without requests left may close its stream and end its subscriptions", async () => {
  const { requests, outcome } = harness({ requests: { per_second: 1, burst: 2 } });
  expect(
    await outcome(() => requests.streams.open(alpha, { stream: "SPX", detector: "openly" })),
  ).toBeUndefined();
  expect(await outcome(() => requests.streams.observe(alpha, ticks(1)))).toBeUndefined();
  expect(await outcome(() => requests.streams.observe(alpha, ticks(2)))).toMatchObject({
    code: "resource_exhausted",
  });
  expect(await outcome(() => requests.streams.close(alpha, "SPX"))).toBeUndefined();
  expect(requests.lifecycle.immediately(alpha, "unsubscribe", 1, () => "done")).toBe("done");
  expect(() => requests.lifecycle.immediately(alpha, "refresh", 1, () => "done")).toThrow(
    /^quota requests: /,
  );
});

it("what a client sent before it went is taken and charged: nobody could tell it to send it again", async () => {
  const { requests, outcome } = harness({ requests: { per_second: 1, burst: 1 } });
  expect(
    await outcome(() => requests.streams.open(alpha, { stream: "SPX", detector: "openly" })),
  ).toBeUndefined();
  expect(
    await outcome(() => requests.streams.observe({ ...alpha, left: true }, ticks(1, 3))),
  ).toBeUndefined();
  expect(await outcome(() => requests.streams.observe(alpha, ticks(9)))).toMatchObject({
    retryAfterMs: 2_000,
  });
});

it("a priority beyond the tenant's is refused, and nothing is queued", async () => {
  const { infer, engine } = harness({ priority_min: 2 }, [model({ priorityLevels: 4 })], {
    beta: { quotas: { priority_min: 1 } },
  });
  expect(await infer(alpha, echo(1, { priority: 1 }))).toMatchObject({
    code: "permission_denied",
    message: expect.stringMatching(
      /^priority: tenant alpha may ask for 2 at the highest \(quotas\.priority_min\)/,
    ),
  });
  expect(engine.runs).toEqual([]);
  expect(await infer(alpha, echo(1, { priority: 2 }))).toBeUndefined();
  expect(await infer(beta, echo(1, { priority: 1 }))).toBeUndefined();
});

it("one tenant's flood never lowers what another gets", async () => {
  const { infer, clock } = harness({
    requests: { per_second: 100, burst: 100 },
    rows: { per_second: 100, burst: 100 },
    compute_ms: { per_second: 2_000, burst: 2_000 },
  });
  let [flood, steady] = [0, 0];
  for (let tick = 0; tick < 100; tick++) {
    for (let i = 0; i < 20; i++) if ((await infer(alpha, echo(i))) === undefined) flood++;
    if ((await infer(beta, echo(tick))) === undefined) steady++;
    clock.jump(10);
  }
  expect(steady).toBe(100);
  expect(flood).toBeLessThanOrEqual(200);
  expect(flood).toBeGreaterThan(150);
});

it("refusals and use are in the metrics, by tenant and quota", async () => {
  const { infer, metrics } = harness({ requests: { per_second: 1, burst: 2 } });
  for (let i = 0; i < 5; i++) await infer(alpha, echo(i));
  const text = await metrics.scrape();
  expect(text).toContain('headgate_quota_refusals_total{tenant="alpha",quota="requests"} 3');
  expect(text).toContain('headgate_quota_used{tenant="alpha",quota="requests"} 2');
  expect(text).toContain('headgate_quota_limit{tenant="alpha",quota="requests"} 2');
  expect(text).toContain('headgate_quota_used{tenant="alpha",quota="fits"} 0');
});

describe("a request that is refused for another reason", () => {
  const bare: Requester = { principal: { ...alpha.principal, scopes: new Set() } };

  it.each<[string, (of: ReturnType<typeof harness>["requests"]) => unknown]>([
    ["open", (requests) => requests.streams.open(bare, { stream: "SPX", detector: "openly" })],
    ["observe", (requests) => requests.streams.observe(bare, ticks(1))],
    ["feed", (requests) => requests.streams.feed(bare, ticks(1))],
    ["state", (requests) => requests.streams.state(bare, { stream: "SPX" })],
    ["close", (requests) => requests.streams.close(bare, "SPX")],
    ["subscribe", (requests) => requests.topics.subscribe(bare, "regime.SPX", 1, () => 1)],
    ["events", (requests) => requests.topics.events(bare, { topic: "regime.SPX", limit: 1 })],
    ["streams", (requests) => requests.streams.list(bare, { limit: 1 })],
    ["load", (requests) => requests.administer(bare, "load", "echo")],
    ["infer", (requests) => requests.infer(bare, echo(1))],
  ])("because its scope is missing is charged: %s", async (_, start) => {
    const { requests, outcome, used } = harness({ requests: { per_second: 1, burst: 10 } });
    expect(await outcome(() => start(requests))).toMatchObject({ code: "permission_denied" });
    expect(used("alpha", "requests")).toBe(1);
  });

  it("because it cannot be read is charged, and over the quota only told so", async () => {
    const { requests, used } = harness({ requests: { per_second: 1, burst: 2 } });
    const unreadable = () =>
      requests.lifecycle.reading(alpha, () => {
        throw new HeadgateError("invalid_argument", "model: must be a string");
      });
    for (let i = 0; i < 2; i++) await expect(unreadable()).rejects.toThrow(/^model: must be a string/);
    expect(used("alpha", "requests")).toBe(2);
    await expect(unreadable()).rejects.toMatchObject({ code: "resource_exhausted", retryAfterMs: 1_000 });
    expect(await requests.lifecycle.reading(alpha, () => "read")).toBe("read");
    expect(used("alpha", "requests")).toBe(2);
  });
});

it("a detector's call is charged its compute time and not its rows, which were charged as observations", async () => {
  const {
    inference,
    quotas: ledger,
    clock,
    engine,
  } = testRequests(
    { quotas: { rows: { per_second: 1, burst: 10 }, compute_ms: { per_second: 1, burst: 100 } } },
    [model()],
  );
  const account = ledger.of("alpha");
  const running = inference.start(echo(1), { ...anybody, tenant: "alpha" }, undefined, account);
  await clock.settle();
  clock.jump(40);
  engine.finishAll(40);
  await running.answer;
  expect([account.used("compute_ms", clock.now()), account.used("rows", clock.now())]).toEqual([40, 0]);
});
