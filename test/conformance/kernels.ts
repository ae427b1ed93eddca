/** The conformance suite of the port `Kernels`: compares every backend with the definitions, case by case. */
import { afterAll, beforeAll, describe, it } from "vitest";
import type { Kernels } from "../../engines/kernels/index.js";
import { DeviationCheck } from "../../load-tests/gpu/deviation-check.js";
import { kernelCases } from "../../load-tests/gpu/kernel-cases.js";

export function kernelsConformance(name: string, make: () => Promise<Kernels>, tolerance: number): void {
  describe(`kernels conformance: ${name}`, () => {
    let kernels: Kernels;
    beforeAll(async () => {
      kernels = await make();
    });
    afterAll(async () => {
      await kernels.destroy();
    });

    for (const { name, check } of kernelCases) it(name, () => check(kernels, new DeviationCheck(tolerance)));
  });
}
