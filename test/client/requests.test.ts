import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Allowance } from "../../client/typescript/allowance.js";
import type { RequestSpec } from "../../client/typescript/pending-request.js";
import { ClientRequests, type RequestChannel } from "../../client/typescript/requests.js";
import type { TextSize } from "../../protocol/codec.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { ClientFrame, ErrorFrame, GatewayFrame } from "../../protocol/frames.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A way out that keeps what was sent. Each frame counts as 100 bytes. */
class ScriptedWay implements RequestChannel {
  open = true;
  readonly sent: ClientFrame[] = [];

  encode(frame: ClientFrame): string {
    return JSON.stringify(frame);
  }
  size(): number {
    return 100;
  }
  textSize(): TextSize {
    return { bytes: 60, values: 8 };
  }
  send(encoded: Uint8Array | string): void {
    this.sent.push(JSON.parse(String(encoded)));
  }
  get ids(): number[] {
    return this.sent.flatMap((frame) => (frame.type === "describe" ? [frame.id] : []));
  }
}

const allowed: Allowance = {
  credits: 10,
  bytesInFlight: 10_000,
  messageBytes: Infinity,
  textBytes: Infinity,
  textValues: Infinity,
};

interface Watched {
  end: GatewayFrame | HeadgateError | undefined;
}

function harness(credits = 10, bytes = 10_000) {
  const way = new ScriptedWay();
  const requests = new ClientRequests(way);
  requests.up({ ...allowed, credits, bytesInFlight: bytes });
  const ask = (overrides: Partial<RequestSpec> = {}): Watched => {
    const watched: Watched = { end: undefined };
    requests
      .ask({ frame: (id) => ({ type: "describe", id }), repeatable: false, timeoutMs: 1_000, ...overrides })
      .then(
        (frame) => {
          watched.end = frame;
        },
        (error: HeadgateError) => {
          watched.end = error;
        },
      );
    return watched;
  };
  const refuse = (id: number, overrides: Partial<ErrorFrame> = {}) =>
    requests.answer({
      type: "error",
      id,
      code: "unavailable",
      message: "draining",
      retryable: true,
      processed: "no",
      ...overrides,
    });
  return { way, requests, ask, refuse };
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("answers", () => {
  it("come in any order, each to its own", async () => {
    const { way, requests, ask } = harness();
    const [one, two] = [ask(), ask()];
    const [first = 0, second = 0] = way.ids;
    requests.answer({ type: "ack", id: second });
    requests.answer({ type: "ack", id: first });
    requests.answer({ type: "ack", id: 99 });
    await settle();
    expect([one.end, two.end]).toEqual([
      { type: "ack", id: first },
      { type: "ack", id: second },
    ]);
  });

  it("free a credit: no more are in flight than the gateway takes", async () => {
    const { way, requests, ask } = harness(2);
    for (let i = 0; i < 4; i++) ask();
    expect(way.ids).toHaveLength(2);
    requests.answer({ type: "ack", id: way.ids[0] ?? 0 });
    expect(way.ids).toHaveLength(3);
  });

  it("free bytes: no more are in flight than the gateway takes", () => {
    const { way, requests, ask } = harness(10, 250);
    for (let i = 0; i < 4; i++) ask();
    expect(way.ids).toHaveLength(2);
    requests.answer({ type: "ack", id: way.ids[0] ?? 0 });
    expect(way.ids).toHaveLength(3);
  });

  it("never meet a request of another connection with the same id", () => {
    const { way, ask, requests } = harness();
    for (let i = 0; i < 3; i++) ask();
    requests.down("gone");
    ask();
    expect(new Set(way.ids).size).toBe(way.ids.length);
  });
});

describe("a request that cannot be encoded", () => {
  it("is told to its caller, and holds up nobody", async () => {
    const { way, ask } = harness();
    const broken = ask({
      frame: () => {
        throw new TypeError("no tensor");
      },
    });
    const next = ask();
    await settle();
    expect(broken.end).toMatchObject({ code: "invalid_argument", processed: "no" });
    expect(way.ids).toHaveLength(1);
    expect(next.end).toBeUndefined();
  });
});

describe("a deadline", () => {
  it("takes no timer of its own: a thousand requests have one, and none when the client has ended", () => {
    const { ask, requests } = harness(1_000, 1_000_000);
    const all = Array.from({ length: 1_000 }, (_, i) => ask({ timeoutMs: 1_000 + i }));
    expect(vi.getTimerCount()).toBe(1);
    requests.end(new HeadgateError("cancelled", "closed"));
    expect(vi.getTimerCount()).toBe(0);
    expect(all).toHaveLength(1_000);
  });

  it("does not move with the clock on the wall", async () => {
    const { ask } = harness();
    const late = ask({ timeoutMs: 50 });
    vi.setSystemTime(Date.now() - 3_600_000);
    await vi.advanceTimersByTimeAsync(70);
    expect(late.end).toMatchObject({ code: "deadline_exceeded" });
  });

  it("passes with a cancel to the gateway, after a moment for its own word", async () => {
    const { way, ask, requests } = harness(1);
    const late = ask({ timeoutMs: 50 });
    const next = ask();
    await vi.advanceTimersByTimeAsync(50);
    expect(late.end).toBeUndefined();
    await vi.advanceTimersByTimeAsync(20);
    expect(late.end).toMatchObject({ code: "deadline_exceeded", processed: "maybe" });
    expect(way.sent.at(-1)).toEqual({ type: "cancel", id: way.ids[0] });
    expect(way.ids).toHaveLength(1); // its credit is not free yet
    requests.answer({ type: "ack", id: way.ids[0] ?? 0 });
    expect(way.ids).toHaveLength(2);
    expect(next.end).toBeUndefined();
  });

  it("passes while it waits: surely not run, and nothing is sent", async () => {
    const { way, ask } = harness();
    way.open = false;
    const waiting = ask({ timeoutMs: 50 });
    await vi.advanceTimersByTimeAsync(70);
    expect(waiting.end).toMatchObject({ code: "deadline_exceeded", processed: "no" });
    way.open = true;
    ask();
    expect(way.sent).toHaveLength(1);
  });

  it("shrinks with each attempt: the gateway is told what remains", async () => {
    const { way, ask, requests } = harness();
    way.open = false;
    const frame = (id: number, remaining: number): ClientFrame => ({
      type: "infer",
      id,
      model: "m",
      inputs: {},
      timeout_ms: remaining,
    });
    ask({ frame, timeoutMs: 100 });
    await vi.advanceTimersByTimeAsync(30);
    way.open = true;
    requests.pump();
    expect(way.sent).toMatchObject([{ timeout_ms: 70 }]);
  });
});

describe("an AbortSignal", () => {
  it("cancels what is in flight and forgets what waits", async () => {
    const { way, ask } = harness(1);
    const abort = new AbortController();
    const [running, waiting] = [ask({ signal: abort.signal }), ask({ signal: abort.signal })];
    abort.abort("enough");
    await settle();
    for (const { end } of [running, waiting])
      expect(end).toMatchObject({ code: "cancelled", cause: "enough" });
    expect(way.sent.map(({ type }) => type)).toEqual(["describe", "cancel"]);
  });

  it("that was aborted before sends nothing", async () => {
    const { way, ask } = harness();
    const never = ask({ signal: AbortSignal.abort() });
    await settle();
    expect(never.end).toMatchObject({ code: "cancelled" });
    expect(way.sent).toEqual([]);
  });

  it("keeps nothing of requests that are over", async () => {
    const { way, ask, requests } = harness();
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, "addEventListener");
    const removed = vi.spyOn(signal, "removeEventListener");
    for (let i = 0; i < 5; i++) {
      ask({ signal });
      requests.answer({ type: "ack", id: way.ids[i] ?? 0 });
    }
    await settle();
    expect(added).toHaveBeenCalledTimes(5);
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
  });
});

describe("a refusal", () => {
  it("that may be retried is, after the pause the gateway asked for", async () => {
    const { way, ask, refuse, requests } = harness();
    const each = ask();
    refuse(way.ids[0] ?? 0, { retry_after_ms: 40 });
    await vi.advanceTimersByTimeAsync(39);
    expect(way.ids).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(way.ids).toHaveLength(2);
    requests.answer({ type: "ack", id: way.ids[1] ?? 0 });
    await settle();
    expect(each.end).toMatchObject({ type: "ack" });
  });

  it.each<[string, Partial<ErrorFrame>, Partial<RequestSpec>]>([
    ["is final", { retryable: false, code: "not_found" }, {}],
    ["may have run", { processed: "maybe" }, {}],
    ["comes too late for another try", { retry_after_ms: 2_000 }, {}],
  ])("is told when it %s", async (_, frame, asked) => {
    const { way, ask, refuse } = harness();
    const each = ask(asked);
    refuse(way.ids[0] ?? 0, frame);
    await vi.advanceTimersByTimeAsync(900);
    expect(each.end).toBeInstanceOf(HeadgateError);
    expect(way.ids).toHaveLength(1);
  });

  it("that may have run is retried under a key", async () => {
    const { way, ask, refuse } = harness();
    ask({ repeatable: true });
    refuse(way.ids[0] ?? 0, { processed: "maybe", retry_after_ms: 1 });
    await vi.advanceTimersByTimeAsync(1);
    expect(way.ids).toHaveLength(2);
  });

  it("is told after five attempts", async () => {
    const { way, ask, refuse } = harness();
    const each = ask({ timeoutMs: 60_000 });
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(each.end).toBeUndefined();
      refuse(way.ids[attempt] ?? 0, { retry_after_ms: 1 });
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(each.end).toMatchObject({ code: "unavailable", processed: "no" });
    expect(way.ids).toHaveLength(5);
  });

  it("does not outlive the client: what pauses fails at its end", async () => {
    const { way, ask, refuse, requests } = harness();
    const each = ask();
    refuse(way.ids[0] ?? 0, { retry_after_ms: 500 });
    requests.end(new HeadgateError("cancelled", "the client was closed"));
    await settle();
    expect(each.end).toMatchObject({ code: "cancelled" });
  });
});

describe("a lost connection", () => {
  it("tells what may have run, and sends again what may be repeated", async () => {
    const { way, ask, requests } = harness();
    const [once, again] = [ask(), ask({ repeatable: true })];
    way.open = false;
    requests.down("reset");
    const meanwhile = ask();
    await settle();
    expect(once.end).toMatchObject({ code: "unavailable", processed: "maybe", retryable: true });
    expect([again.end, meanwhile.end]).toEqual([undefined, undefined]);
    way.open = true;
    requests.up(allowed);
    expect(way.ids).toHaveLength(4);
  });

  it("sends what stands across connections first", () => {
    const { way, ask, requests } = harness();
    way.open = false;
    ask({ frame: (id) => ({ type: "cancel", id }) });
    ask({ first: true });
    way.open = true;
    requests.up(allowed);
    expect(way.sent.map(({ type }) => type)).toEqual(["describe", "cancel"]);
  });

  it("for too long sends the impatient elsewhere, those that come later at once", async () => {
    const { way, ask, requests } = harness();
    way.open = false;
    const [impatient, patient] = [ask({ impatient: true }), ask()];
    requests.failImpatient();
    const later = ask({ impatient: true });
    await settle();
    for (const { end } of [impatient, later])
      expect(end).toMatchObject({ code: "unavailable", processed: "no" });
    expect(patient.end).toBeUndefined();
    way.open = true;
    requests.up(allowed);
    ask({ impatient: true });
    expect(way.ids).toHaveLength(2);
  });
});

it("after the end nothing is asked any more", async () => {
  const { way, ask, requests } = harness();
  const before = ask();
  requests.end(new HeadgateError("cancelled", "the client was closed"));
  const after = ask();
  await settle();
  for (const { end } of [before, after]) expect(end).toMatchObject({ code: "cancelled" });
  expect(way.sent).toHaveLength(1);
});

describe("a request beyond a limit of the gateway", () => {
  it("is refused here, naming the limit and the setting: sent, it would close the connection", async () => {
    const { way, requests } = harness();
    requests.up({ ...allowed, messageBytes: 40 });
    const frame = (id: number) => ({ type: "describe", id, model: "x".repeat(100) }) as const;
    const asked = requests.ask({ frame, repeatable: true, timeoutMs: 1_000 });
    await expect(asked).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(/gateway takes 40 in a message.*limits\.message_bytes/),
    });
    expect(way.ids).toHaveLength(0);
    requests.up({ ...allowed, bytesInFlight: 30, messageBytes: 40 });
    await expect(requests.ask({ frame, repeatable: true, timeoutMs: 1_000 })).rejects.toThrow(
      /bytes_in_flight/,
    );
  });

  it.each([
    { textBytes: 59, message: /60 bytes of text and the gateway takes 59 .*welcome\.limits\.text_bytes/ },
    { textValues: 7, message: /8 values of text and the gateway takes 7 .*welcome\.limits\.text_values/ },
  ])("of text, too, and those behind it go on: $message", async ({ message, ...bounds }) => {
    const { way, requests } = harness();
    requests.up({ ...allowed, ...bounds });
    const frame = (id: number) => ({ type: "describe", id }) as const;
    await expect(requests.ask({ frame, repeatable: true, timeoutMs: 1_000 })).rejects.toMatchObject({
      code: "invalid_argument",
      message: expect.stringMatching(message),
    });
    expect(way.ids).toHaveLength(0);
    requests.up({ ...allowed, textBytes: 60, textValues: 8 });
    void requests.ask({ frame, repeatable: true, timeoutMs: 1_000 });
    expect(way.ids).toHaveLength(1);
  });
});
