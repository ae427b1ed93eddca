/** A question to a backend of the port `Kernels`, and what its definition answers. */
import type { Kernels } from "../../engines/kernels/index.js";
import type { DeviationCheck } from "./deviation-check.js";

export interface KernelCase {
  readonly name: string;
  /** @throws AssertionError when the backend answers otherwise than the definition */
  check(kernels: Kernels, close: DeviationCheck): Promise<void>;
}
