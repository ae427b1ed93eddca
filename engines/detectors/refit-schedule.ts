/** When a detector is fitted: first after the warm-up, then at a fixed interval, always on the past. */
import type { WireTensors } from "../../protocol/frames.js";
import { fromWire } from "../../protocol/tensor.js";
import type { ParameterSpec, Parameters } from "../servable.js";

export interface RefitSchedule {
  /** Number of observations before the first fit. */
  readonly warmup: number;
  /** Number of observations between fits. */
  readonly every: number;
  /** Number of past observations that a fit uses. */
  readonly window: number;
}

/** The specifications of the three parameters, with a detector's own defaults. */
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

/** Whether a fit is due after `total` observations. */
export function isDue({ warmup, every }: RefitSchedule, total: number): boolean {
  return total >= warmup && (total - warmup) % every === 0;
}

/** @throws Error when the fit has no output of that name */
export function fitted(outputs: WireTensors, name: string): Float64Array {
  const tensor = outputs[name];
  if (tensor === undefined) throw new Error(`the fit gave no ${name}`);
  return Float64Array.from(fromWire(tensor).data as ArrayLike<number>);
}
