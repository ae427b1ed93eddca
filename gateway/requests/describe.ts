/** Creates the content of an answer to `describe` from the catalog: every servable with its signature and state. */

import type { Detector } from "../../engines/detectors/detector.js";
import type { PolicyLayout } from "../../engines/policy-layout.js";
import type {
  Constraint,
  NestedConstraint,
  NestedParameterSpec,
  ParameterSpec,
  TensorSpec,
} from "../../engines/servable.js";
import { HeadgateError } from "../../protocol/errors.js";
import { shown } from "../../protocol/fields.js";
import { limits } from "../../protocol/limits.js";
import type { NestedValue } from "../../protocol/train-frames.js";
import type { Catalog } from "../catalog/catalog.js";
import type { CatalogEntry, ServableFigures } from "../catalog/catalog-entry.js";
import { streamParameters } from "../regimes/stream-parameters.js";
import { schemaOf } from "./constraint-schema.js";
import type { PublicText } from "./public-text.js";

export interface TensorDescription {
  readonly name: string;
  readonly datatypes: readonly string[];
  /** A string names a size that is left open. */
  readonly shape: readonly (number | string)[];
  readonly optional: boolean;
  readonly description: string;
}

export interface ServableParameterDescription {
  readonly name: string;
  readonly description: string;
  readonly default: NestedValue;
  /** True when it has no default. */
  readonly required?: boolean;
  /** The value meets at least one of these. */
  readonly any_of: readonly Readonly<Record<string, unknown>>[];
}

/** One version of a servable; a model of which no version could be loaded has `version` null and no signature. */
export interface ServableDescription {
  readonly name: string;
  readonly version: string | null;
  readonly kind: string;
  readonly state: string;
  readonly reason?: string;
  /** Milliseconds since the epoch from which the version refuses every request. */
  readonly expires_ts?: number;
  readonly description?: string;
  readonly max_batch_size?: number;
  readonly inputs?: readonly TensorDescription[];
  readonly outputs?: readonly TensorDescription[];
  readonly parameters?: readonly ServableParameterDescription[];
  /** Of a policy that is asked for by its name: what its observation is made of. */
  readonly policy?: PolicyLayout;
}

export interface CatalogDescription {
  readonly models: readonly ServableDescription[];
  readonly detectors: readonly Readonly<Record<string, unknown>>[];
}

/** @throws HeadgateError not_found when `model` names nothing */
export function describe(
  catalog: Catalog,
  detectors: readonly Detector[],
  publicText: PublicText,
  model?: string,
): CatalogDescription {
  const wanted = (name: string) => model === undefined || name === model;
  const models = [
    ...catalog
      .all()
      .filter((entry) => wanted(entry.servable.signature.name))
      .map((entry) => describeEntry(entry, catalog, publicText, model !== undefined)),
    ...[...catalog.refusals()]
      .filter(([name]) => wanted(name))
      .map(([name, reason]) => ({
        name,
        version: null,
        kind: "model",
        state: "unavailable",
        reason: publicText(reason),
      })),
  ];
  const found = detectors.filter(({ signature }) => wanted(signature.name)).map(describeDetector);
  if (models.length === 0 && found.length === 0)
    throw new HeadgateError("not_found", `model: no model or detector ${shown(model)}`);
  return { models, detectors: found };
}

function describeEntry(
  { servable, state, figures }: CatalogEntry,
  catalog: Catalog,
  publicText: PublicText,
  whole: boolean,
) {
  const { signature, scheduling } = servable;
  const { name, version } = signature;
  const card = catalog.card(name);
  const aliases = catalog.aliases(name, version);
  const history = catalog.history(name);
  return {
    name,
    version,
    kind: signature.kind,
    state: state.kind === "unloaded" && state.opening ? "loading" : state.kind,
    ...("reason" in state && state.reason !== undefined && { reason: publicText(state.reason) }),
    ...(signature.kind === "model" && { traffic: catalog.shares(name).get(version) ?? 0 }),
    ...(catalog.shadow(name) === version && { shadow: true }),
    ...(aliases.length > 0 && { aliases }),
    ...(servable.expiresTs !== undefined && { expires_ts: servable.expiresTs }),
    ...(figures !== undefined && {
      backend: figures.backend,
      memory: describeMemory(figures),
      batching: describeBatching(figures),
      inline: figures.inline(),
      ...(figures.notes.length > 0 && { notes: figures.notes.map(publicText) }),
    }),
    ...(card !== undefined && { card: whole ? card : firstParagraph(card) }),
    ...(whole && history.length > 0 && { history: history.slice(-limits.promotions_told).reverse() }),
    description: signature.description,
    max_batch_size: scheduling.maxBatchSize,
    default_timeout_ms: scheduling.defaultTimeoutMs,
    priority_levels: scheduling.priorityLevels,
    inputs: signature.inputs.map(describeTensor),
    outputs: signature.outputs.map(describeTensor),
    parameters: (signature.nestedParameters ?? signature.parameters).map(describeParameter),
    // It may have thousands of names, and clients list all models every time they look for one.
    ...(whole && signature.policy !== undefined && { policy: signature.policy }),
  };
}

function describeMemory({ memory: { fileBytes, opening, resident, instances } }: ServableFigures) {
  return { file_bytes: fileBytes, opening_bytes: opening, resident_bytes: resident, instances };
}

function describeBatching({ batching }: ServableFigures) {
  if (!batching.together) return { together: false, reason: batching.reason };
  const { proof, exact, worst, within, trials, reason } = batching;
  return {
    together: true,
    proof,
    answers: exact ? "exact" : "close",
    ...(!exact && { within, worst }),
    trials,
    ...(reason !== undefined && { reason }),
  };
}

const paragraphLengthMax = 1_024;

/** The first paragraph of a model's card after its headings. */
export function firstParagraph(card: string): string {
  let found = "";
  // The rest of a long card is not looked at: 300 cards are told four times a second to whoever watches the models.
  for (const paragraph of paragraphs(card)) {
    found = paragraph.replace(/^(#.*(\r?\n|$))+/, "").trim();
    if (found !== "") break;
  }
  return found.length <= paragraphLengthMax ? found : `${found.slice(0, paragraphLengthMax - 1)}…`;
}

function* paragraphs(text: string): Generator<string, void, undefined> {
  let from = 0;
  for (const gap of text.matchAll(/\r?\n\s*\r?\n/g)) {
    yield text.slice(from, gap.index);
    from = gap.index + gap[0].length;
  }
  yield text.slice(from);
}

function describeDetector(detector: Detector) {
  const { name, version, description } = detector.signature;
  return { name, version, description, parameters: streamParameters(detector).map(describeParameter) };
}

function describeTensor({ name, datatypes, shape, otherShapes, optional, description }: TensorSpec) {
  const others = otherShapes === undefined ? {} : { other_shapes: otherShapes };
  return { name, datatypes, shape, ...others, optional: optional ?? false, description };
}

function describeParameter(spec: ParameterSpec | NestedParameterSpec): ServableParameterDescription {
  const { name, description, default: fallback, anyOf } = spec;
  const required = "required" in spec && spec.required === true;
  return {
    name,
    description,
    default: fallback,
    ...(required && { required }),
    any_of: anyOf.map(describeConstraint),
  };
}

/**
 * What is in a list or a map is told as the text of a JSON Schema: clients refuse messages in which maps and arrays are
 * nested deeper than 8, and a constraint lies at a depth of 7.
 */
function describeConstraint(constraint: NestedConstraint): Readonly<Record<string, unknown>> {
  switch (constraint.type) {
    case "list":
    case "map":
    case "record":
      return { type: constraint.type, schema: JSON.stringify(schemaOf(constraint)) };
    case "trainer":
      return constraint;
    default:
      return describePlain(constraint);
  }
}

function describePlain(constraint: Constraint) {
  if (constraint.type === "text") return { type: constraint.type, length_max: constraint.lengthMax };
  if (constraint.type !== "integer" && constraint.type !== "number") return constraint;
  const { type, minimum, exclusiveMinimum, maximum, exclusiveMaximum } = constraint;
  const given = [
    ["minimum", minimum],
    ["exclusive_minimum", exclusiveMinimum],
    ["maximum", maximum],
    ["exclusive_maximum", exclusiveMaximum],
  ].filter(([, bound]) => bound !== undefined);
  return { type, ...Object.fromEntries(given) };
}
