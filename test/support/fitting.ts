/** Runs fits as a worker would, and provides a market to fit. */
import type { FitRequest } from "../../engines/detectors/index.js";
import { createPlainKernels } from "../../engines/kernels/index.js";
import { allFits } from "../../engines/numerics/index.js";
import { validateParameters } from "../../engines/validate.js";
import type { WireTensors } from "../../protocol/frames.js";
import { fromWire, toWire } from "../../protocol/tensor.js";

export async function plainFit({ model, inputs, parameters }: FitRequest): Promise<WireTensors> {
  const fit = allFits.find(({ signature }) => signature.name === model);
  if (fit === undefined) throw new Error(`no fit ${model}`);
  const given = Object.entries(inputs).map(([name, tensor]) => [name, fromWire(tensor)]);
  const outputs = await fit.run(
    Object.fromEntries(given),
    validateParameters(model, fit.signature.parameters, parameters),
    { kernels: createPlainKernels(), aborted: () => false },
  );
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, toWire(tensor)]));
}

/** The returns of a market whose blocks of 60 days are calm, wild, calm and so on. */
export function returns(count: number): number[] {
  let state = 12_345;
  const uniform = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
  const normal = () => Array.from({ length: 12 }, uniform).reduce((sum, each) => sum + each, -6);
  return Array.from(
    { length: count },
    (_, day) => normal() * (Math.floor(day / 60) % 2 === 1 ? 0.04 : 0.005),
  );
}
