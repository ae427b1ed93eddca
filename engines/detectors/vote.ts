/**
 * Several detectors over one stream, and the median of their probabilities: with an odd number of members the median
 * is above a level exactly when a majority is. Members are fitted one after another, one observation apart, because a
 * stream awaits one fit at a time.
 */
import { invalidArgument } from "../../protocol/errors.js";
import type { WireTensors } from "../../protocol/frames.js";
import type { Pieces } from "../pieces.js";
import type { Parameters } from "../servable.js";
import { validateParameters } from "../validate.js";
import type { Detector, DetectorState, FitRequest, ObservationHistory, SavedState } from "./detector.js";
import { refitParameters, refitScheduleOf } from "./refit-schedule.js";
import { hysteresisParameters, regimeNames, valuesInput } from "./signature-parts.js";

interface VoteMember {
  readonly detector: Detector;
  readonly parameters: Parameters;
}

const membersMaximum = 7;

/** A vote over some of the candidates, each with its own defaults except for the parameters that the vote sets. */
export function voteDetector(candidates: readonly Detector[]): Detector {
  const members = (parameters: Parameters) => membersOf(parameters, candidates);
  return {
    signature: {
      name: "vote",
      version: "1",
      kind: "detector",
      description: "The median of the probabilities of several detectors, each with its defaults.",
      inputs: [valuesInput],
      outputs: [],
      parameters: [
        {
          name: "detectors",
          description:
            `The detectors that vote: 2 to ${membersMaximum} different names with commas between them, an odd number for ` +
            `a plain majority, of ${candidates.map(({ signature }) => signature.name).join(", ")}.`,
          default: "gaussian_hmm,jump_model,bocpd",
          anyOf: [{ type: "text", lengthMax: 200 }],
        },
        ...refitParameters({ warmup: 252, every: 63, window: 10_000 }),
        ...hysteresisParameters,
      ],
    },
    callsModels: candidates.some((candidate) => candidate.callsModels === true),
    regimes: () => regimeNames(2),
    memory: (parameters) =>
      Math.max(...members(parameters).map((member) => member.detector.memory(member.parameters))),
    widthMax: (parameters) =>
      Math.min(
        ...members(parameters).map(({ detector, parameters: own }) => detector.widthMax?.(own) ?? Infinity),
      ),
    start: (parameters) =>
      new VoteState(members(parameters).map((member) => member.detector.start(member.parameters))),
    restore: (parameters, saved) =>
      new VoteState(
        members(parameters).map((member, i) => member.detector.restore(member.parameters, part(saved, i))),
      ),
  };
}

/** @throws HeadgateError `invalid_argument` for names that are unknown or repeated, and for too few or too many */
function membersOf(parameters: Parameters, candidates: readonly Detector[]): VoteMember[] {
  const names = String(parameters["detectors"])
    .split(",")
    .map((name) => name.trim());
  const known = candidates.map(({ signature }) => signature.name);
  const refuse = (problem: string) => invalidArgument("parameters.detectors", problem);
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined)
    throw refuse(`no detector "${stranger.slice(0, 64)}" votes; there are ${known.join(", ")}`);
  if (new Set(names).size !== names.length)
    throw refuse("each detector votes once; take out the repeated name");
  if (names.length < 2 || names.length > membersMaximum)
    throw refuse(`name 2 to ${membersMaximum} detectors, got ${names.length}`);
  const { warmup, every, window } = refitScheduleOf(parameters);
  if (every < names.length)
    throw invalidArgument(
      "parameters.refit_every",
      `${names.length} detectors fit an observation apart: at least ${names.length}, got ${every}`,
    );
  const first = Math.min(warmup, window - names.length);
  return names.map((name, i) => {
    const detector = candidates[known.indexOf(name)] as Detector;
    const { name: of, parameters: specs } = detector.signature;
    const given = { warmup: first + i, refit_every: every, window };
    const taken = Object.entries(given).filter(([key]) => specs.some((spec) => spec.name === key));
    return { detector, parameters: validateParameters(of, specs, Object.fromEntries(taken)) };
  });
}

class VoteState implements DetectorState {
  private asked: DetectorState | undefined;

  constructor(private readonly members: readonly DetectorState[]) {}

  /** Defined as soon as every member's probabilities are. */
  get probabilities(): Float64Array | undefined {
    const turbulent: number[] = [];
    for (const { probabilities } of this.members) {
      if (probabilities === undefined) return undefined;
      turbulent.push(probabilities[1] as number);
    }
    const middle = median(turbulent);
    return Float64Array.of(1 - middle, middle);
  }

  step(row: Float64Array): Pieces<void> | undefined {
    const rest = this.members.flatMap((member) => member.step(row) ?? []);
    return rest.length === 0 ? undefined : oneAfterAnother(rest);
  }

  due(history: ObservationHistory): Pieces<FitRequest | undefined> | undefined {
    for (const member of this.members) {
      const request = member.due(history);
      if (request === undefined) continue;
      this.asked = member;
      return request;
    }
    return undefined;
  }

  *adopt(outputs: WireTensors): Pieces<void> {
    if (this.asked !== undefined) yield* this.asked.adopt(outputs);
    this.asked = undefined;
  }

  save(): SavedState {
    const parts = this.members.flatMap((member, i) => {
      return Object.entries(member.save()).map(([name, value]) => [`${i}.${name}`, value] as const);
    });
    return Object.fromEntries(parts);
  }
}

function* oneAfterAnother(works: readonly Pieces<void>[]): Pieces<void> {
  for (const work of works) yield* work;
}

/** The saved state of the i-th member. */
function part(saved: SavedState, i: number): SavedState {
  const prefix = `${i}.`;
  const own = Object.entries(saved).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, value]) => [name.slice(prefix.length), value]));
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
}
