/** When a detector fits again: once enough is known, then at fixed distances, always on the past. */
import type { WireTensors } from "../../protocol/frames.js";
import { fromWire } from "../../protocol/tensor.js";
import type { ParameterSpec, Parameters } from "../servable.js";

export interface RefitSchedule {
  /** Observations before the first fit. */
  readonly warmup: number;
  /** Observations between fits. */
  readonly every: number;
  /** Observations a fit looks back on. */
  readonly window: number;
}

/** One description of the three, with a detector's own defaults. */
export function refitParameters({ warmup, every, window }: RefitSchedule): readonly ParameterSpec[] {
  return [
    {
      name: "warmup",
      description: "How many observations come before the first fit; until then the regime is unknown.",
      default: warmup,
      anyOf: [{ type: "integer", minimum: 30, maximum: 100_000 }],
    },
    {
      name: "refit_every",
      description: "How many observations lie between two fits.",
      default: every,
      anyOf: [{ type: "integer", minimum: 1, maximum: 1_000_000 }],
    },
    {
      name: "window",
      description: "How many observations a fit looks back on.",
      default: window,
      anyOf: [{ type: "integer", minimum: 30, maximum: 100_000 }],
    },
  ];
}

export function refitScheduleOf(parameters: Parameters): RefitSchedule {
  const window = Number(parameters["window"]);
  const warmup = Math.min(Number(parameters["warmup"]), window);
  return { warmup, every: Number(parameters["refit_every"]), window };
}

/** Whether a fit is due after so many observations. */
export function isDue({ warmup, every }: RefitSchedule, total: number): boolean {
  return total >= warmup && (total - warmup) % every === 0;
}

/** @throws Error when the fit gave no such output */
export function fitted(outputs: WireTensors, name: string): Float64Array {
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`the fit gave no ${name}`);
  return Float64Array.from(fromWire(tensor).data as ArrayLike<number>);
}
