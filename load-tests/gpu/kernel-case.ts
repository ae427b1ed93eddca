/** A conformance case of the port `Kernels`: it calls a backend and compares the answer with the definition's. */
import type { Kernels } from "../../engines/kernels/index.js";
import type { DeviationCheck } from "./deviation-check.js";

export interface KernelCase {
  readonly name: string;
  /** @throws AssertionError when the backend's answer differs from the definition's */
  check(kernels: Kernels, close: DeviationCheck): Promise<void>;
}
