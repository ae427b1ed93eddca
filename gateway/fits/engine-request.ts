/** A request in the form in which the engine gets it, and how the engine's answer becomes the client's. */
import type { Parameters, WireTensors } from "../../protocol/frames.js";

export interface EngineRequest {
  readonly inputs: WireTensors;
  readonly parameters: Parameters;
  /** Names of the outputs; undefined: all of them. */
  readonly outputs: readonly string[] | undefined;
  /** Makes the client's outputs from the engine's; undefined: they are the same. */
  readonly transformOutputs?: (outputs: WireTensors) => WireTensors;
}

/** @param names undefined: all of them */
export function wanted(outputs: WireTensors, names: readonly string[] | undefined): WireTensors {
  return names === undefined ? outputs : pick(outputs, new Set(names));
}

/** The entries of these names. */
export function pick<T>(
  map: Readonly<Record<string, T>>,
  names: ReadonlySet<string>,
): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => names.has(name)));
}
