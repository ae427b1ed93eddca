import { describe, expect, it } from "vitest";
import {
  type Calibration,
  calibrate,
  chooseKernels,
  createOrtKernels,
  createPlainKernels,
  defaultCalibration,
  expectedMs,
  type Kernels,
  type KernelsName,
  parseCalibration,
} from "../../engines/kernels/index.js";

const everything: readonly KernelsName[] = ["plain", "ort", "gpujs"];

describe("chooseKernels", () => {
  const rows = [
    { precision: "FP64", input: "FP32", work: 1e9, gpu: true, chosen: "ort FP64" },
    { precision: "auto", input: "FP64", work: 1e9, gpu: true, chosen: "ort FP64" },
    { precision: "auto", input: "FP32", work: 1e11, gpu: true, chosen: "gpujs FP32" },
    { precision: "FP32", input: "FP64", work: 1e11, gpu: true, chosen: "gpujs FP32" },
    { precision: "FP32", input: "FP64", work: 1e11, gpu: false, chosen: "ort FP32" },
    { precision: "FP32", input: "FP32", work: 1e6, gpu: true, chosen: "ort FP32" },
    { precision: "FP32", input: "FP32", work: 1000, gpu: true, chosen: "plain FP64" },
    { precision: "auto", input: "FP64", work: 1000, gpu: false, chosen: "plain FP64" },
  ] as const;
  it.each(rows)("by the defaults takes $chosen for $precision of $input, $work, gpu $gpu", (row) => {
    const { gpu, chosen, ...job } = row;
    const { name, precision, reason } = chooseKernels(
      job,
      defaultCalibration,
      gpu ? everything : ["plain", "ort"],
    );
    expect(`${name} ${precision}`).toBe(chosen);
    expect(reason).not.toBe("");
  });

  it("follows the calibration, and takes plain loops where it knows nothing", () => {
    const job = { precision: "auto", input: "FP64", work: 1e9 } as const;
    const backends = [
      { name: "plain", precision: "FP64", mode: "cpu", costs: [{ work: 1, ms: 1 }] },
      { name: "ort", precision: "FP64", mode: "cpu", costs: [{ work: 1, ms: 2 }] },
    ] as const;
    expect(chooseKernels(job, { version: 1, backends }).name).toBe("plain");
    expect(chooseKernels(job, { version: 1, backends: [] }).name).toBe("plain");
  });
});

describe("calibrate", () => {
  /** Kernels whose gram takes as long as it is told, on a clock of their own. */
  function timed(name: KernelsName, msOf: (work: number) => number, clock: { now: number }): Kernels {
    const gram: Kernels["gram"] = async (_, n, p) => {
      clock.now += msOf(n * p * p);
      return new Float64Array(p * p);
    };
    return { ...createPlainKernels(), name, gram };
  }

  it("finds what each backend costs, and with it the crossover", async () => {
    const clock = { now: 0 };
    const plain = timed("plain", (work) => work / 1e6, clock);
    const ort = timed("ort", (work) => 0.1 + work / 1e8, clock);
    const calibration = await calibrate([plain, ort], () => clock.now);
    const nameFor = (work: number) =>
      chooseKernels({ precision: "auto", input: "FP64", work }, calibration).name;
    expect([nameFor(1e4), nameFor(1e6), nameFor(1e9)]).toEqual(["plain", "ort", "ort"]);
    expect(parseCalibration(JSON.parse(JSON.stringify(calibration)))).toEqual(calibration);
  });

  it("spends no more than its share on a slow backend", async () => {
    const clock = { now: 0 };
    await calibrate([timed("plain", () => 100, clock)], () => clock.now);
    expect(clock.now).toBeLessThanOrEqual(5 * 2 * 100);
  });

  it("measures real backends well within a second", async () => {
    const ort = createOrtKernels();
    const started = performance.now();
    const { backends } = await calibrate([createPlainKernels(), ort], () => performance.now());
    expect(performance.now() - started).toBeLessThan(5_000);
    for (const { costs } of backends) for (const { ms } of costs) expect(ms).toBeGreaterThan(0);
    await ort.destroy();
  });
});

describe("expectedMs", () => {
  const backend = {
    name: "ort",
    precision: "FP64",
    mode: "cpu",
    costs: [
      { work: 100, ms: 1 },
      { work: 10_000, ms: 100 },
    ],
  } as const;
  it.each([
    [1, 1],
    [100, 1],
    [1000, 10],
    [10_000, 100],
    [1_000_000, 10_000],
  ])("of %i multiply-adds is %d ms", (work, ms) => {
    expect(expectedMs(backend, work)).toBeCloseTo(ms, 9);
  });
});

it.each([
  null,
  7,
  {},
  { version: 2, backends: [] },
  { version: 1, backends: [{ name: "abacus", precision: "FP64", mode: "cpu", costs: [{ work: 1, ms: 1 }] }] },
  { version: 1, backends: [{ name: "ort", precision: "FP64", mode: "cpu", costs: [] }] },
  { version: 1, backends: [{ name: "ort", precision: "FP64", mode: "cpu", costs: [{ work: 1, ms: -1 }] }] },
])("parseCalibration takes no %j", (value) => {
  expect(parseCalibration(value)).toBeUndefined();
});

it("the defaults are a calibration themselves", () => {
  const kept: Calibration | undefined = parseCalibration(JSON.parse(JSON.stringify(defaultCalibration)));
  expect(kept).toEqual(defaultCalibration);
});
