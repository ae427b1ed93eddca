/** Makes the messages of an attack from frames of every type: as they should be, changed in a field, or broken. */
import type { ClientFrame } from "../../protocol/frames.js";
import type { WireForm } from "../../protocol/parse-tensor.js";
import { mutatedBytes } from "./byte-mutations.js";
import { frameGenerators, generatedTypes, type Vocabulary } from "./frame-generators.js";
import { jsonText } from "./json-text.js";
import { meaningOf } from "./message-oracle.js";
import { MsgpackText } from "./msgpack-text.js";
import type { Random } from "./random.js";
import { mutated } from "./tree-mutations.js";
import { treeOf, type WireValue } from "./wire-value.js";

/**
 * `valid`: every frame is right; `fields`: some have a wrong field, and the connection lives on; `broken`: a frame
 * that closes it is among them; `bytes`: bytes of a right message are changed; `crowded`: thousands of small frames.
 */
export type MessageStyle = "valid" | "fields" | "broken" | "bytes" | "crowded";

export interface MessagePlan {
  readonly words: Vocabulary;
  readonly form: WireForm;
  /** The token of the `hello` that comes first; null: no `hello` comes. */
  readonly hello: string | undefined | null;
  /** Whether no message comes after it. */
  readonly last: boolean;
}

export interface PlannedMessage {
  readonly bytes: Buffer;
  readonly frames: number;
}

/** How often each type comes. A type that is not named comes as often as `state`. */
const weights: Partial<Record<ClientFrame["type"], number>> = {
  infer: 24,
  observe: 16,
  cancel: 8,
  hello: 0.01,
  describe: 6,
  // Each is on disk before it is answered, and the changes of a namespace wait for one another.
  put: 0.5,
  append: 0.5,
  drop: 0.5,
};
const weightByType = Object.fromEntries(generatedTypes.map((type) => [type, weights[type] ?? 5])) as Record<
  ClientFrame["type"],
  number
>;
const small: readonly ClientFrame["type"][] = ["cancel", "close", "unsubscribe", "state", "refresh"];

export function messageOfStyle(style: MessageStyle, plan: MessagePlan): PlannedMessage {
  const { words, form, hello, last } = plan;
  const { random } = words;
  const count = countOf(style, random);
  const frames: Buffer[] = hello === null || random.chance(0.01) ? [] : [helloFrame(plan)];
  while (frames.length < count) frames.push(frameOfStyle(style, plan));
  const bytes = Buffer.concat(form === "json" ? frames.flatMap((frame) => [frame, newline(random)]) : frames);
  const isBytes = style === "bytes" && last;
  return { bytes: isBytes ? mutatedBytes(bytes, random) : bytes, frames: frames.length };
}

function countOf(style: MessageStyle, random: Random): number {
  if (style === "crowded")
    return random.pick([256, 300, 1_000, 4_095, 4_096]) + (random.chance(0.05) ? 1 : 0);
  return random.weighted({ one: 20, few: 70, many: 10 }) === "many"
    ? random.integer(20, 120)
    : random.integer(1, 16);
}

const newline = (random: Random) =>
  Buffer.from(random.chance(0.9) ? "\n" : random.pick(["\r\n", "\n\n", " \n"]));

function helloFrame({ words, form, hello }: MessagePlan): Buffer {
  const { random } = words;
  const frame = frameGenerators.hello(words);
  const { token: _, ...rest } = frame;
  return written(treeOf(hello ? { ...rest, token: hello } : rest, form), form, random);
}

function frameOfStyle(style: MessageStyle, { words, form, last }: MessagePlan): Buffer {
  const { random } = words;
  const type = style === "crowded" ? random.pick(small) : random.weighted(weightByType);
  const right = treeOf(frameGenerators[type](words), form);
  if (style === "broken" && last && random.chance(0.2)) return written(mutated(right, random), form, random);
  if (style !== "fields" || random.chance(0.5)) return written(right, form, random);
  const wrong = written(mutated(right, random), form, random);
  // A frame that would close the connection is sent in few messages, or nothing would come after it.
  return isFatal(wrong, form) ? written(treeOf(frameGenerators[type](words), form), form, random) : wrong;
}

function isFatal(frame: Buffer, form: WireForm): boolean {
  const meaning = meaningOf(frame, form === "json" ? "headgate.v1.json" : "headgate.v1.msgpack");
  return meaning === undefined || meaning.length !== 1 || meaning.some(({ type }) => type === "hello");
}

function written(tree: WireValue, form: WireForm, random: Random): Buffer {
  return form === "json"
    ? Buffer.from(jsonText(tree))
    : MsgpackText.of(tree, random, random.chance(0.1) ? 0.3 : 0);
}
