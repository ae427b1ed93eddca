import { describe, expect, it } from "vitest";
import {
  chooseKernels,
  createGpujsKernels,
  createOrtKernels,
  createPlainKernels,
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
  const big = 1e9;
  const rows = [
    { job: { precision: "FP64", input: "FP32", work: big }, gpu: true, name: "plain" },
    { job: { precision: "auto", input: "FP64", work: big }, gpu: true, name: "plain" },
    { job: { precision: "auto", input: "FP32", work: big }, gpu: true, name: "gpujs" },
    { job: { precision: "FP32", input: "FP64", work: big }, gpu: true, name: "gpujs" },
    { job: { precision: "FP32", input: "FP32", work: big }, gpu: false, name: "plain" },
    { job: { precision: "FP32", input: "FP32", work: 1000 }, gpu: true, name: "plain" },
  ] as const;
  it.each(rows)("$job with gpu $gpu takes $name", ({ job, gpu, name }) => {
    const choice = chooseKernels(job, { gpu });
    expect(choice.name).toBe(name);
    expect(choice.reason).not.toBe("");
  });
});
