import { describe, expect, it } from "vitest";
import { createGpujsKernels, createOrtKernels, createPlainKernels } from "../../engines/kernels/index.js";
import { samples } from "../../load-tests/gpu/definitions.js";
import { kernelsConformance } from "../conformance/kernels.js";

kernelsConformance("plain", async () => createPlainKernels(), 1e-12);
kernelsConformance("ort in FP64", async () => createOrtKernels(), 1e-12);
kernelsConformance("ort in FP32", async () => createOrtKernels({ precision: "FP32" }), 1e-4);
kernelsConformance("gpujs on webasm", () => createGpujsKernels({ mode: "webasm" }), 1e-4);
kernelsConformance("gpujs on cpu", () => createGpujsKernels({ mode: "cpu" }), 1e-4);

describe("ort", () => {
  it("answers after being destroyed and asked again, and on one thread", async () => {
    const kernels = createOrtKernels({ threads: 1 });
    const product = () => kernels.matmul(Float64Array.of(1, 2), Float64Array.of(3, 4), 1, 2, 1);
    expect([...(await product())]).toEqual([11]);
    await kernels.destroy();
    expect([...(await product())]).toEqual([11]);
    await kernels.destroy();
  });

  it("decides in float64 where float32 cannot tell two centres apart", async () => {
    const kernels = createOrtKernels();
    const x = Float64Array.of(1, 1 + 1e-9, 1 - 1e-9, 1e-3);
    const { labels } = await kernels.nearestCentre(x, Float64Array.of(1 + 1e-9, 1, 1 - 1e-9), 4, 3, 1);
    expect([...labels]).toEqual([1, 0, 2, 2]);
  });

  it("finds the nearest among huge and among tiny numbers, and beside a far outlier", async () => {
    const kernels = createOrtKernels();
    for (const scale of [1e-200, 1e-30, 1e30, 1e150]) {
      const x = Float64Array.of(1, 2, 3, 4, 40).map((value) => value * scale);
      const centres = Float64Array.of(1.4, 3.7, 39).map((value) => value * scale);
      const { labels } = await kernels.nearestCentre(x, centres, 5, 3, 1);
      expect([...labels], `${scale}`).toEqual([0, 0, 1, 1, 2]);
    }
    const { labels } = await kernels.nearestCentre(
      Float64Array.of(1, 2, 1e12),
      Float64Array.of(1e12, 2, 1),
      3,
      3,
      1,
    );
    expect([...labels]).toEqual([2, 1, 0]);
  });
});

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
