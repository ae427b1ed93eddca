/** The memory that defaults are shares of. */
import { totalmem } from "node:os";

/** The memory of the machine in bytes, or that of the container where it is less. */
export function memoryBytes(): number {
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}
