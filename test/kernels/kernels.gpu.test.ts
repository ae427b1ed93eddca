/** Runs where a WebGPU adapter answers; in CI that is SwiftShader, so software renderers are allowed. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGpujsKernels, type Kernels, openAdapter } from "../../engines/kernels/index.js";
import { DeviationCheck } from "../../load-tests/gpu/deviation-check.js";
import { checkFit, fitCases } from "../../load-tests/gpu/fit-cases.js";
import { kernelsConformance } from "../conformance/kernels.js";

kernelsConformance("gpujs on webgpu", () => createGpujsKernels({ allowSoftware: true }), 1e-4);

it("runs on WebGPU, not on something below it", async () => {
  expect(await openAdapter(true)).toMatchObject({ usable: true });
  const kernels = await createGpujsKernels({ allowSoftware: true });
  await kernels.gram(Float32Array.of(1, 2), 1, 2);
  expect(kernels.mode).toBe("webgpu");
  await kernels.destroy();
});

it("does not take a software renderer for a GPU unless told to", async () => {
  const answer = await openAdapter(true);
  const strict = await openAdapter(false);
  const software = answer.usable && /swiftshader|llvmpipe/i.test(answer.description);
  expect(strict.usable).toBe(!software);
});

describe("fits that kernels decide, on WebGPU", () => {
  let kernels: Kernels;
  beforeAll(async () => {
    kernels = await createGpujsKernels({ allowSoftware: true });
  });
  afterAll(() => kernels.destroy());

  const named = fitCases.map((each) => [each.fit, each.data, each.parameters, each] as const);
  it.each(named)("%s of %s %j", async (_, __, ___, each) => {
    await checkFit(each, kernels, new DeviationCheck(1e-4));
    expect(kernels.fallbacks).toEqual([]);
  });
});
