/**
 * A detector that asks a learned model over a moving window for the probability of each regime; nothing is fitted.
 * The model runs in the engine's pool, one batch for all observations that arrive together. The state is only the
 * last answer, because the window is in the stream's history.
 */
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import { type Pieces, whole } from "../pieces.js";
import type { Parameters } from "../servable.js";
import { barColumns, barFeatureCount, barFeatures, barsBefore, requireBars } from "./bar-features.js";
import type {
  Detector,
  DetectorState,
  ModelClient,
  ObservationHistory,
  SavedState,
  UpcomingObservations,
} from "./detector.js";
import { savedArray } from "./saved-state.js";
import {
  hysteresisWith,
  regimeCount,
  regimeNames,
  repeatsRemembered,
  valuesInput,
} from "./signature-parts.js";
import { askOfWindows, findWindowModel, type WindowModel, type WindowModelRequest } from "./window-model.js";

interface LstmRegimeSettings extends WindowModelRequest {
  /** Rows are bars, from which the model's features are computed. */
  readonly ofBars: boolean;
}

/**
 * A forecast over a month is less certain than a filter of the current state: the shipped model's probabilities are
 * 0.15 to 0.83, and the other detectors' defaults would declare no change in twenty years. Chosen by `npm run bench
 * -- regimes-choose`.
 */
const ownHysteresis = { enterProbability: 0.7, minDwell: 1 };

export const lstmRegimeDetector: Detector = {
  signature: {
    name: "lstm-regime",
    version: "1",
    kind: "detector",
    description: "A learned ONNX model over the last observations, which gives each regime a probability.",
    inputs: [
      {
        ...valuesInput,
        description: "The model's features, or bars (high, low, close, volume), one observation a row.",
      },
    ],
    outputs: [],
    parameters: [
      {
        name: "model",
        description:
          "The model to ask: FP32 [batch, window, values] in, probabilities out, the calmest regime first.",
        default: "lstm-regime",
        anyOf: [{ type: "text", lengthMax: 128 }],
      },
      {
        name: "model_version",
        description: "The version to ask; null is the one that serves, also when a newer one takes over.",
        default: null,
        anyOf: [{ type: "text", lengthMax: 16 }, { type: "null" }],
      },
      {
        name: "window",
        description: "How many observations the model looks at; until then the regime is unknown.",
        default: 42,
        anyOf: [{ type: "integer", minimum: 1, maximum: 10_000 }],
      },
      {
        name: "input",
        description:
          "What an observation is: the model's features; or a bar (high, low, close, volume), of which the " +
          `four features of the shipped model are made, which takes ${barsBefore} bars more.`,
        default: "features",
        anyOf: [{ type: "string", values: ["features", "bars"] }],
      },
      regimeCount,
      ...hysteresisWith(ownHysteresis),
    ],
  },
  callsModels: true,
  regimes: (parameters) => regimeNames(Number(parameters["n_components"])),
  admit(parameters, models, d) {
    const settings = settingsOf(parameters);
    const found = findWindowModel(models, settings);
    const width = widthOf(settings, found);
    if (d !== undefined && width !== undefined && d !== width) throw wrongWidth(settings, width, d);
  },
  memory: (parameters) => Math.max(pastOf(settingsOf(parameters)), repeatsRemembered),
  start: (parameters) => new LstmRegimeState(settingsOf(parameters)),
  restore: (parameters, saved) => new LstmRegimeState(settingsOf(parameters), saved),
};

function settingsOf(parameters: Parameters): LstmRegimeSettings {
  const version = parameters["model_version"];
  return {
    model: String(parameters["model"]),
    version: typeof version === "string" ? version : undefined,
    window: Number(parameters["window"]),
    states: Number(parameters["n_components"]),
    ofBars: parameters["input"] === "bars",
  };
}

/** The number of earlier observations that the answer for an observation depends on. */
function pastOf({ window, ofBars }: LstmRegimeSettings): number {
  return window - 1 + (ofBars ? barsBefore : 0);
}

/**
 * The number of values in an observation; undefined when the model takes any.
 * @throws HeadgateError when the model's features cannot be computed from bars
 */
function widthOf({ ofBars, model }: LstmRegimeSettings, { width }: WindowModel): number | undefined {
  if (!ofBars) return width;
  if (width === undefined || width === barFeatureCount) return barColumns.length;
  throw invalidArgument(
    "parameters.input",
    `of bars ${barFeatureCount} features are made, ${model} takes ${width}: feed it its features`,
  );
}

/** Finds the model of an open stream, which may have been removed or changed since the stream was opened. */
function requireModel(models: ModelClient, settings: LstmRegimeSettings): WindowModel {
  try {
    return findWindowModel(models, settings);
  } catch (error) {
    if (!(error instanceof HeadgateError)) throw error;
    const code = error.code === "invalid_argument" ? "failed_precondition" : "unavailable";
    throw new HeadgateError(code, `the stream's model does not serve it now: ${error.message}`, {
      cause: error,
    });
  }
}

function wrongWidth({ model, ofBars }: LstmRegimeSettings, width: number, d: number) {
  const what = ofBars ? ` (${barColumns.join(", ")})` : "";
  return invalidArgument("values.shape", `${model} takes ${width} values${what} an observation, got ${d}`);
}

class LstmRegimeState implements DetectorState {
  /** The answer for the last observation; undefined before the window was full. */
  private latest: Float64Array | undefined;
  /** The prefetched answers of the coming steps, in order. */
  private prefetched: readonly (Float64Array | undefined)[] = [];
  private nextIndex = 0;

  constructor(
    private readonly settings: LstmRegimeSettings,
    saved: SavedState = {},
  ) {
    if (saved["said"] !== undefined) this.latest = savedArray(saved, "said");
  }

  get probabilities(): Float64Array | undefined {
    return this.latest;
  }

  async prefetch(
    { rows, n, d }: UpcomingObservations,
    history: ObservationHistory,
    models: ModelClient,
  ): Promise<void> {
    const { settings } = this;
    const found = requireModel(models, settings);
    const width = widthOf(settings, found) ?? d;
    if (d !== width) throw wrongWidth(settings, width, d);
    if (settings.ofBars) requireBars(rows);
    const past = whole(history.last(pastOf(settings)));
    const unanswered = Math.min(n, pastOf(settings) - past.n); // the window is not full for these rows
    const known = new Float64Array(past.rows.length + rows.length);
    known.set(past.rows);
    known.set(rows, past.rows.length);
    const answers =
      unanswered === n
        ? new Float64Array(0)
        : await askOfWindows(
            models,
            settings,
            found,
            settings.ofBars ? barFeatures(known) : known,
            settings.ofBars ? barFeatureCount : d,
          );
    const { states } = settings;
    this.prefetched = Array.from({ length: n }, (_, i) =>
      i < unanswered ? undefined : answers.slice((i - unanswered) * states, (i - unanswered + 1) * states),
    );
    this.nextIndex = 0;
  }

  step(): undefined {
    if (this.nextIndex === this.prefetched.length)
      throw new Error("lstm-regime: a step without a prefetched answer of the model");
    this.latest = this.prefetched[this.nextIndex++];
  }

  due(): undefined {
    return undefined;
  }

  *adopt(): Pieces<void> {}

  save(): SavedState {
    return this.latest === undefined ? {} : { said: this.latest };
  }
}
