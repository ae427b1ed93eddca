import { describe, expect, it } from "vitest";
import {
  calibrate,
  chooseKernels,
  createGpujsKernels,
  createOrtKernels,
  createPlainKernels,
  crossoverOf,
  defaultCrossover,
} from "../../engines/kernels/index.js";
import { kernelsConformance, samples } from "../conformance/kernels.js";

kernelsConformance("plain", async () => createPlainKernels(), 1e-12);
kernelsConformance("ort in FP64", async () => createOrtKernels(), 1e-12);
kernelsConformance("ort in FP32", async () => createOrtKernels({ precision: "FP32" }), 1e-4);
kernelsConformance("gpujs on webasm", () => createGpujsKernels({ mode: "webasm" }), 1e-4);
kernelsConformance("gpujs on cpu", () => createGpujsKernels({ mode: "cpu" }), 1e-4);

describe("gpujs", () => {
  it("tells the mode that really ran", async () => {
    const webasm = await createGpujsKernels({ mode: "webasm" });
    await webasm.gram(samples(12, 1), 4, 3);
    expect([webasm.name, webasm.precision, webasm.mode]).toEqual(["gpujs", "FP32", "webasm"]);
    expect(webasm.fallbacks).toEqual([]);
    await webasm.destroy();
  });

  it("tells why it fell back when no GPU answers", async () => {
    const kernels = await createGpujsKernels({ mode: "webgpu" });
    if (kernels.mode === "webgpu") expect(kernels.fallbacks).toEqual([]);
    else {
      expect(kernels.fallbacks).toHaveLength(1);
      expect(kernels.fallbacks[0]).toMatchObject({ wanted: "webgpu", got: kernels.mode });
      expect(kernels.fallbacks[0]?.reason).not.toBe("");
    }
    await kernels.destroy();
  });

  it("keeps answering right when sizes outnumber the kernels it may hold", async () => {
    const kernels = await createGpujsKernels({ mode: "webasm", kernelsMaximum: 2 });
    for (const p of [1, 2, 3, 4, 1, 2, 3]) {
      const gram = await kernels.gram(new Float64Array(5 * p).fill(2), 5, p);
      expect([...gram]).toEqual(new Array(p * p).fill(20));
    }
    await kernels.destroy();
  });
});

describe("chooseKernels", () => {
  const crossover = { ort: 1_000, gpujs: 1_000_000 };

  it.each([
    ["FP64 never goes to a GPU", { precision: "auto", input: "FP64", work: 1e9 }, "ort", "FP64"],
    ["FP32 input may, when it is big", { precision: "auto", input: "FP32", work: 1e9 }, "gpujs", "FP32"],
    ["FP64 asked by name keeps the digits", { precision: "FP64", input: "FP32", work: 1e9 }, "ort", "FP64"],
    ["FP32 asked by name may lose them", { precision: "FP32", input: "FP64", work: 1e9 }, "gpujs", "FP32"],
    ["the CPU keeps them unless told", { precision: "auto", input: "FP32", work: 1e5 }, "ort", "FP64"],
    ["and loses them when told", { precision: "FP32", input: "FP64", work: 1e5 }, "ort", "FP32"],
    ["tiny jobs stay in plain loops", { precision: "FP32", input: "FP32", work: 999 }, "plain", "FP64"],
  ] as const)("%s", (_, job, name, precision) => {
    expect(chooseKernels(job, crossover)).toMatchObject({ name, precision });
  });

  it("takes no GPU where none was measured", () => {
    const job = { precision: "FP32", input: "FP32", work: 1e12 } as const;
    expect(chooseKernels(job, defaultCrossover).name).toBe("ort");
  });
});

describe("calibration", () => {
  const sample = (backend: "plain" | "ort" | "gpujs", p: number, ms: number) =>
    ({ backend, precision: "FP64", n: 100, p, ms }) as const;
  const plain = [sample("plain", 10, 1), sample("plain", 20, 4), sample("plain", 40, 16)];

  it("finds from where on a backend wins and goes on winning", () => {
    const samples = [...plain, sample("ort", 10, 2), sample("ort", 20, 3), sample("ort", 40, 5)];
    expect(crossoverOf(samples)).toEqual({ ort: 100 * 20 * 20, gpujs: Number.POSITIVE_INFINITY });
  });

  it("is not fooled by one lucky size", () => {
    const samples = [...plain, sample("ort", 10, 0.5), sample("ort", 20, 5), sample("ort", 40, 5)];
    expect(crossoverOf(samples).ort).toBe(100 * 40 * 40);
  });

  it("says never of a backend that loses at the end, and keeps the default where nothing was measured", () => {
    const losing = [sample("ort", 10, 0.5), sample("ort", 20, 0.5), sample("ort", 40, 20)];
    expect(crossoverOf([...plain, ...losing]).ort).toBe(Number.POSITIVE_INFINITY);
    expect(crossoverOf([])).toEqual(defaultCrossover);
  });

  it("measures every backend at every size, with the clock it is given", async () => {
    let now = 0;
    const measured = await calibrate([createPlainKernels(), createOrtKernels()], "a machine", () => now++);
    expect(measured.machine).toBe("a machine");
    expect(new Set(measured.samples.map(({ backend }) => backend))).toEqual(new Set(["plain", "ort"]));
    expect(measured.samples.every(({ ms }) => ms === 1)).toBe(true);
    expect(measured.crossover.ort).toBe(Number.POSITIVE_INFINITY); // a tie is no win
  });
});
