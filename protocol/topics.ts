/**
 * Names of streams and topics. A topic is `<kind>.<name>`, and `<kind>.*` is the pattern of all topics of a kind.
 * Every kind of topic has an entry in `nameOfKind`.
 */
import { invalidArgument } from "./errors.js";
import { type Fields, readString, shown } from "./fields.js";
import { limits } from "./limits.js";

const streamName = /^[A-Za-z0-9._:/-]{1,64}$/;

interface NameForm {
  /** The kind of thing that has the name, for error messages. */
  readonly of: string;
  readonly form: RegExp;
}

/** The kinds of topics: the text before the first dot, and the form of the name after it. */
const nameOfKind = {
  regime: { of: "stream", form: streamName },
  job: { of: "id", form: /^[A-Za-z0-9_-]{1,64}$/ },
  model: { of: "model", form: /^[A-Za-z0-9._-]{1,128}$/ },
} as const satisfies Readonly<Record<string, NameForm>>;

export type TopicKind = keyof typeof nameOfKind;

/** Characters of a topic: a kind, a dot and a name. */
const topicLengthMax = limits.name_length_max + "regime.".length;

/** Stands for every name of a kind; no name may contain it. */
const everyName = "*";

export const everyRegime = `${"regime" satisfies TopicKind}.${everyName}`;

export function readStreamName(fields: Fields, path = "stream"): string {
  const { stream } = fields;
  if (typeof stream !== "string" || !streamName.test(stream))
    throw invalidArgument(
      path,
      `must be 1 to ${limits.stream_name_length_max} of letters, digits and . _ : / -, got ${shown(stream)}`,
    );
  return stream;
}

export function readTopic(fields: Fields): string {
  const topic = readString(fields, "topic", topicLengthMax);
  if (isKnown(topic)) return topic;
  const forms = Object.entries(nameOfKind).map(([kind, { of }]) => `${kind}.<${of}> or ${kind}.${everyName}`);
  throw invalidArgument("topic", `must be ${forms.join(", or ")}, got ${shown(topic)}`);
}

function isKnown(topic: string): boolean {
  const form = Object.entries(nameOfKind).find(([kind]) => kind === kindOf(topic))?.[1].form;
  return form !== undefined && (isPattern(topic) || form.test(nameIn(topic)));
}

export function regimeTopic(stream: string): string {
  return `${"regime" satisfies TopicKind}.${stream}`;
}

export function jobTopic(job: string): string {
  return `${"job" satisfies TopicKind}.${job}`;
}

export function modelTopic(model: string): string {
  return `${"model" satisfies TopicKind}.${model}`;
}

/** The text before the first dot of a topic or pattern. */
export function kindOf(topic: string): string {
  return topic.slice(0, Math.max(0, topic.indexOf(".")));
}

/** The text after the first dot: the stream of a regime's topic. */
export function nameIn(topic: string): string {
  return topic.slice(topic.indexOf(".") + 1);
}

export function isPattern(topic: string): boolean {
  return nameIn(topic) === everyName;
}

/** The pattern that matches a topic. */
export function patternOf(topic: string): string {
  return `${kindOf(topic)}.${everyName}`;
}

export function matches(subscribed: string, topic: string): boolean {
  return subscribed === topic || (isPattern(subscribed) && kindOf(subscribed) === kindOf(topic));
}
