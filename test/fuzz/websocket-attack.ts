/** Makes the attack of a number on one WebSocket: its upgrade, its messages, its ending, and what may be answered. */
import type { Attack } from "./attack.js";
import { type Credential, credentialOf, refreshTokens } from "./credentials.js";
import type { Vocabulary } from "./frame-generators.js";
import { controlOf, messageOf, opcodes } from "./framing.js";
import { framingViolation } from "./framing-violations.js";
import { type MessageStyle, messageOfStyle } from "./messages.js";
import { Random } from "./random.js";
import type { Catalog } from "./servables.js";
import { expectationOf } from "./session-expectation.js";

const subprotocols = { msgpack: "headgate.v1.msgpack", json: "headgate.v1.json" };

/** What a connection offers, and what is chosen of it. */
const offers: Readonly<Record<string, { readonly offered: string | undefined; readonly chosen: string }>> = {
  msgpack: { offered: subprotocols.msgpack, chosen: subprotocols.msgpack },
  json: { offered: subprotocols.json, chosen: subprotocols.json },
  both: { offered: `chat, ${subprotocols.json}, ${subprotocols.msgpack}`, chosen: subprotocols.json },
  unknown: { offered: "headgate.v9.msgpack, chat", chosen: "" },
  none: { offered: undefined, chosen: "" },
};

const attackerStreams = ["SPX", "NDX", "a", "A.b_c:d/e-f", "s".repeat(64), "w-calm", "w-wild", "w-0", "w-1"];

export function webSocketAttack(seed: number, number: number, catalog: Catalog): Attack {
  const random = Random.of(seed, number);
  const { offered, chosen } = offerOf(random);
  const credential = credentialOf(random);
  const style = random.weighted<MessageStyle>({ valid: 40, fields: 36, broken: 10, bytes: 6, crowded: 1 });
  let id = random.chance(0.1) ? 0xffff_ffff - random.integer(0, 50_000) : random.integer(0, 1_000);
  const words: Vocabulary = {
    random,
    catalog,
    streams: attackerStreams,
    tokens: refreshTokens,
    nextId: () => (id = (id + 1) >>> 0),
  };
  const form = chosen === subprotocols.json ? "json" : "binary";
  const count = style === "crowded" ? random.integer(1, 2) : random.integer(1, 10);
  const messages = Array.from({ length: count }, (_, i) =>
    messageOfStyle(style, { words, form, hello: i === 0 ? credential.hello : null, last: i === count - 1 }),
  );
  const opcode = form === "json" ? opcodes.text : opcodes.binary;
  const violation = random.chance(0.12) ? framingViolation(random, opcode) : undefined;
  const framed = [
    ...messages.flatMap(({ bytes }) => framedMessage(bytes, opcode, random)),
    ...(violation?.bytes ?? []),
  ];
  const deaf = random.chance(0.02);
  const expected = expectationOf({
    messages: messages.map(({ bytes }) => bytes),
    ...{ chosen, credential, violation, deaf },
  });
  const leaves = violation?.closes.length === 0 || random.chance(0.06);
  return {
    number,
    kind: "websocket",
    name: `${style}${violation === undefined ? "" : " and a framing violation"}`,
    size: messages.reduce((sum, { frames }) => sum + frames, violation === undefined ? 0 : 1),
    writes: grouped([upgrade(offered, credential, random), ...framed], random),
    deaf,
    ending: leaves ? random.pick(["reset", "end"] as const) : "answers",
    expected,
  };
}

function offerOf(random: Random) {
  const offer = offers[random.weighted({ msgpack: 58, json: 28, both: 8, unknown: 3, none: 3 })];
  if (offer === undefined) throw new RangeError("there is no such offer");
  return offer;
}

function upgrade(offered: string | undefined, { header }: Credential, random: Random): Buffer {
  const lines = [
    "GET /v1 HTTP/1.1",
    "Host: 127.0.0.1",
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Key: ${random.bytes(16).toString("base64")}`,
    ...(offered === undefined ? [] : [`Sec-WebSocket-Protocol: ${offered}`]),
    ...(header === undefined ? [] : [`Authorization: ${header}`]),
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
}

function framedMessage(bytes: Buffer, opcode: number, random: Random): Buffer[] {
  const frames = messageOf(bytes, opcode, random);
  return random.chance(0.1) ? [...frames, controlOf(random)] : frames;
}

/** The same bytes in other writes: several frames in one, or one frame in several. */
function grouped(parts: readonly Buffer[], random: Random): Buffer[] {
  const how = random.weighted({ together: 45, apart: 45, cut: 10 });
  if (how === "apart") return [...parts];
  const whole = Buffer.concat(parts);
  if (how === "together") return [whole];
  const writes: Buffer[] = [];
  for (let at = 0; at < whole.length && writes.length < 100; ) {
    const to = writes.length === 99 ? whole.length : at + random.integer(1, Math.ceil(whole.length / 20));
    writes.push(whole.subarray(at, to));
    at = to;
  }
  return writes;
}
