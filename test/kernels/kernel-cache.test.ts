import { GPU, Input } from "gpu.js";
import { describe, expect, it } from "vitest";
import { KernelCache, type SizedKernel } from "../../engines/kernels/gpujs-cache.js";

function matmul(k: number): SizedKernel {
  const constants = { rows: k, blocks: 1, length: k };
  return { source: "matmul", sizes: [1, k, 1], output: [1, 1], constants };
}

function ones(width: number, height: number): Input {
  return new Input(new Array(width * height).fill(1), [width, height]);
}

describe("KernelCache", () => {
  it("holds no more kernels than its maximum, and destroys what it lets go", async () => {
    const gpu = new GPU({ mode: "cpu" });
    const cache = new KernelCache(gpu, "cpu", 2, () => {});
    for (const k of [1, 2, 3, 4]) {
      expect([...(await cache.run(matmul(k), [ones(k, 1), ones(1, k)]))]).toEqual([k]);
      expect(cache.size).toBe(Math.min(k, 2));
    }
    await cache.clear();
    expect(cache.size).toBe(0);
    await gpu.destroy();
  });

  it("tells once when a kernel ran elsewhere than wanted", async () => {
    const gpu = new GPU({ mode: "cpu" });
    const told: string[] = [];
    const cache = new KernelCache(gpu, "webgpu", 2, ({ wanted, got }) => told.push(`${wanted} -> ${got}`));
    await cache.run(matmul(3), [ones(3, 1), ones(1, 3)]);
    await cache.run(matmul(3), [ones(3, 1), ones(1, 3)]);
    expect(told).toEqual(["webgpu: matmul 1x3x1 -> cpu"]);
    await cache.clear();
    await gpu.destroy();
  });
});
