import { describe, expect, it } from "vitest";
import { type KeptFit, KeptFits } from "../../gateway/fits/kept-fits.js";
import { FakeClock } from "../support/clock.js";

/** A fit whose attributes have so many bytes. */
function fitOf(bytes: number, model = "pca"): KeptFit {
  const data = new Uint8Array(bytes);
  return { model, attributes: { mean: { datatype: "UINT8", shape: [bytes], data } }, parameters: {} };
}

function harness(limits: { countMax?: number; bytesMax?: number } = {}) {
  const clock = new FakeClock();
  return { clock, kept: new KeptFits(clock, { countMax: 10, bytesMax: 1_000, ...limits }) };
}

const gone = /parameters\.handle: \S+ has expired.* or was never given in this namespace; fit again/;

describe("a kept fit", () => {
  it("is found under its handle, as it was", () => {
    const { kept } = harness();
    const fit = fitOf(8);
    expect(kept.find("desk", kept.keep("desk", fit, 60))).toEqual(fit);
  });

  it("expires on time, and its memory with it", async () => {
    const { kept, clock } = harness();
    const handle = kept.keep("desk", fitOf(8), 1.5);
    await clock.advance(1_499);
    expect(kept.find("desk", handle).model).toBe("pca");
    await clock.advance(1);
    expect(() => kept.find("desk", handle)).toThrow(gone);
    expect(kept.count).toBe(0);
  });

  it("has expired though a busy process has not let the timer ring", () => {
    const { kept, clock } = harness();
    const handle = kept.keep("desk", fitOf(8), 1);
    clock.jump(1_000);
    expect(() => kept.find("desk", handle)).toThrow(gone);
  });

  it("is not found in another namespace, nor is a handle that was never given", () => {
    const { kept } = harness();
    const handle = kept.keep("desk", fitOf(8), 60);
    expect(() => kept.find("other", handle)).toThrow(gone);
    expect(() => kept.find("desk", "made-up")).toThrow(gone);
  });
});

describe("the bounds", () => {
  it("of number make room by the fit that would expire first", () => {
    const { kept } = harness({ countMax: 2 });
    const long = kept.keep("desk", fitOf(1), 60);
    const short = kept.keep("desk", fitOf(1), 10);
    const last = kept.keep("desk", fitOf(1), 30);
    expect(kept.count).toBe(2);
    expect(() => kept.find("desk", short)).toThrow(gone);
    expect(kept.find("desk", long) && kept.find("desk", last)).toBeDefined();
  });

  it("of bytes make as much room as is needed", () => {
    const { kept } = harness({ bytesMax: 100 });
    const handles = [10, 20, 30].map((seconds) => kept.keep("desk", fitOf(30), seconds));
    const big = kept.keep("desk", fitOf(50), 5);
    expect(kept.count).toBe(2);
    expect(kept.find("desk", handles[2] ?? "")).toBeDefined();
    expect(kept.find("desk", big)).toBeDefined();
  });

  it("refuse a fit that is beyond them alone, and nothing makes room for it", () => {
    const { kept } = harness({ bytesMax: 100 });
    kept.keep("desk", fitOf(100), 10);
    expect(() => kept.keep("desk", fitOf(101), 10)).toThrow(
      expect.objectContaining({
        code: "resource_exhausted",
        retryable: false,
        message: expect.stringMatching(/101 bytes, 100 may be kept/),
      }),
    );
    expect(kept.count).toBe(1);
  });

  it("are each namespace's own", () => {
    const { kept } = harness({ countMax: 1, bytesMax: 100 });
    const one = kept.keep("desk", fitOf(100), 10);
    const other = kept.keep("other", fitOf(100), 10);
    expect(kept.find("desk", one) && kept.find("other", other)).toBeDefined();
  });

  it("do not count what has made room: a timer of the past frees nothing of the present", async () => {
    const { kept, clock } = harness({ countMax: 1 });
    kept.keep("desk", fitOf(1), 1);
    const handle = kept.keep("desk", fitOf(1), 60);
    await clock.advance(2_000);
    expect(kept.find("desk", handle)).toBeDefined();
  });
});

describe("new attributes", () => {
  it("take the place of the old ones, and the time stays", async () => {
    const { kept, clock } = harness();
    const handle = kept.keep("desk", fitOf(8), 1);
    await clock.advance(600);
    kept.replace("desk", handle, fitOf(16).attributes);
    expect(kept.find("desk", handle).attributes["mean"]?.shape).toEqual([16]);
    await clock.advance(400);
    expect(() => kept.find("desk", handle)).toThrow(gone);
    expect(kept.count).toBe(0);
  });

  it("that have grown make room among the others, not of themselves", () => {
    const { kept } = harness({ bytesMax: 100 });
    const growing = kept.keep("desk", fitOf(40), 5);
    const other = kept.keep("desk", fitOf(40), 60);
    kept.replace("desk", growing, fitOf(90).attributes);
    expect(kept.find("desk", growing).attributes["mean"]?.shape).toEqual([90]);
    expect(() => kept.find("desk", other)).toThrow(gone);
  });

  it("beyond the bound are refused, and the old ones stay", () => {
    const { kept } = harness({ bytesMax: 100 });
    const handle = kept.keep("desk", fitOf(40), 5);
    expect(() => kept.replace("desk", handle, fitOf(101).attributes)).toThrow(/101 bytes/);
    expect(kept.find("desk", handle).attributes["mean"]?.shape).toEqual([40]);
  });

  it("of a fit that is gone meanwhile leave it gone", () => {
    const { kept } = harness();
    kept.replace("desk", "gone", fitOf(8).attributes);
    expect(kept.count).toBe(0);
  });
});
