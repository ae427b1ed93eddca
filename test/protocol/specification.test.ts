/**
 * Checks PROTOCOL.md against the code. Each example is given as JSON and as hex: both must be what the codecs write,
 * and have the same content. The tables must list what the code has.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { codecs } from "../../protocol/codecs.js";
import { closeCodes, errorCodes, HeadgateError } from "../../protocol/errors.js";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import { jsonCodec } from "../../protocol/json.js";
import { limits } from "../../protocol/limits.js";
import { msgpackCodec } from "../../protocol/msgpack.js";
import { packNumbers } from "../../protocol/number-list.js";
import { parseClientFrame } from "../../protocol/parse-client-frame.js";
import { parseGatewayFrame } from "../../protocol/parse-gateway-frame.js";
import type { WireForm } from "../../protocol/parse-tensor.js";
import { type Datatype, datatypeBytes } from "../../protocol/tensor.js";
import { clientTypes, gatewayTypes } from "./any-frame.js";
import { hex, utf8 } from "./check.js";

const specification = readFileSync(new URL("../../PROTOCOL.md", import.meta.url), "utf8");

interface Example {
  readonly flow: string;
  readonly json: string;
  readonly binary: string;
}

/** Every pair of a JSON block and the hex block after it, under the heading of its flow. */
function readExamples(): Example[] {
  const examples: Example[] = [];
  for (const section of specification.split(/^### /m).slice(1)) {
    const flow = section.slice(0, section.indexOf("\n"));
    for (const [, json = "", binary = ""] of section.matchAll(/```json\n([^`]*)```\n\n```hex\n([^`]*)```/g))
      examples.push({ flow, json, binary });
  }
  return examples;
}

/** The cells of each row of the table under a heading whose first column is headed so. */
function readTable(heading: string, firstColumn: string): string[][] {
  const section = specification.split(/^#{2,3} /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
  const start = section.indexOf(`| ${firstColumn} |`);
  const lines = section.slice(start).split("\n");
  const end = lines.findIndex((line) => !line.startsWith("|"));
  return lines.slice(2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function unquoted(cell: string | undefined): string {
  return (cell ?? "").replaceAll("`", "");
}

function parseFrame(value: unknown, form: WireForm): ClientFrame | GatewayFrame {
  return parseGatewayFrame(value, form) ?? parseClientFrame(value, form);
}

const examples = readExamples();
const exampleFrames = examples.flatMap(({ json }) =>
  jsonCodec.decode(utf8(json)).map(({ value }) => parseFrame(value, "json")),
);

describe("examples", () => {
  it("are all seen: no JSON or hex block stands alone", () => {
    const blocks = specification.match(/^```(json|hex)$/gm) ?? [];
    expect(examples.length).toBeGreaterThan(15);
    expect(blocks).toHaveLength(2 * examples.length);
  });

  it.each(examples)("of flow $flow: $json", ({ json, binary }) => {
    const frames = jsonCodec.decode(utf8(json)).map(({ value }) => parseFrame(value, "json"));
    const message = msgpackCodec.join(frames.map((frame) => msgpackCodec.encode(frame)));
    expect(Buffer.from(message as Uint8Array).toString("hex")).toBe(binary.replaceAll(/\s/g, ""));
  });

  it.each(examples)("in hex say what the JSON says, in flow $flow: $json", ({ json, binary }) => {
    const values = msgpackCodec.decode(hex(binary)).map(({ value }) => parseFrame(value, "binary"));
    const lines = values.map((frame) => jsonCodec.encode(frame));
    expect(jsonCodec.join(lines)).toBe(json.trimEnd());
  });

  it("show every frame, in both directions", () => {
    const shown = new Set(exampleFrames.map(({ type }) => type));
    expect([...shown].sort()).toEqual([...clientTypes, ...gatewayTypes].sort());
  });

  it("are laid out with a frame's hex beginning on a new line", () => {
    for (const { binary } of examples) {
      const starts = [0];
      for (const line of binary.trim().split("\n")) starts.push((starts.at(-1) ?? 0) + line.length / 2);
      let end = 0;
      for (const frame of msgpackCodec.decode(hex(binary))) {
        expect(starts).toContain(end);
        end += frame.bytes;
      }
    }
  });
});

describe("elements of tensors", () => {
  const rows = readTable("Tensors", "datatype | JSON | bytes").map((row) => row.map(unquoted));

  it.each(rows)("%s %s is %s", (datatype, json, bytes) => {
    const list = [JSON.parse(json ?? "")];
    const packed = packNumbers(datatype as Exclude<Datatype, "BYTES">, list, 1, "t");
    expect(packed).toEqual(hex(bytes ?? ""));
  });

  it("are of every datatype that has bytes", () => {
    const named = new Set(rows.map(([datatype]) => datatype));
    expect([...named, "BYTES"].sort()).toEqual(Object.keys(datatypeBytes).sort());
  });

  it("have the sizes of the table", () => {
    const sizes = readTable("Tensors", "datatype | bytes | an element, binary | an element, JSON").flatMap(
      ([names, bytes]) => {
        const each = unquoted(bytes).split(" ");
        return unquoted(names)
          .split(" ")
          .map((name, i) => [name, Number(each[i])]);
      },
    );
    expect(Object.fromEntries(sizes)).toEqual(datatypeBytes);
  });
});

describe("tables", () => {
  it("list every subprotocol", () => {
    const names = readTable("Transport and handshake", "subprotocol").map(([name]) => unquoted(name));
    expect(names).toEqual(codecs.map(({ subprotocol }) => subprotocol));
  });

  it("list every error code, and whether it is retryable", () => {
    const rows = readTable("Error codes", "code").map(([code, , retryable]) => [unquoted(code), retryable]);
    expect(rows).toEqual(errorCodes.map((code) => [code, String(new HeadgateError(code, "m").retryable)]));
  });

  it("list every close code", () => {
    const codes = readTable("Close codes", "code").map(([code]) => Number(code));
    const webSocketsOwn = [1007]; // sent by the WebSocket library before a frame is parsed
    expect(codes).toEqual([...Object.values(closeCodes), ...webSocketsOwn].sort(byValue));
  });

  it("describe every frame under a heading of its own, with its type first", () => {
    const headings = [...specification.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name);
    expect(headings).toEqual([...clientTypes, ...gatewayTypes]);
    for (const type of headings) {
      const [[first, value] = []] = readTable(`\`${type}\``, "field");
      expect([first, value]).toEqual(["`type`", `\`"${type}"\``]);
    }
  });

  it("name every field of the examples with its frame", () => {
    for (const frame of exampleFrames) {
      if (frame.type === "ack") continue; // its fields are listed with the requests
      const fields = readTable(`\`${frame.type}\``, "field").map(([field]) => unquoted(field));
      for (const field of Object.keys(frame)) expect(fields, frame.type).toContain(field);
    }
  });

  it("list every limit, as it is", () => {
    const numbers = readTable("Limits", "what").map(([, limit]) => Number(limit?.replaceAll(",", "")));
    // An internal setting of the gateway that is not a limit for clients.
    const { gather_bytes_max: _, ...listed } = limits;
    expect(numbers.sort(byValue)).toEqual(Object.values(listed).sort(byValue));
  });

  it("name the limits that the welcome of the example tells, as it tells them", () => {
    const told = readTable("Limits", "what")
      .filter(([, , , name]) => name !== "")
      .map(([, limit, , name]) => [unquoted(name), Number(limit?.replaceAll(",", ""))]);
    const welcome = exampleFrames.find(({ type }) => type === "welcome") as GatewayFrame & { limits: object };
    expect(Object.fromEntries(told)).toEqual(welcome.limits);
  });

  it("have a link for every heading they point to", () => {
    const anchors = [...specification.matchAll(/^#{2,3} (.+)$/gm)].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^a-z0-9 _-]/g, "")
        .replaceAll(" ", "-"),
    );
    const links = [...specification.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor);
    expect(links.length).toBeGreaterThan(20);
    for (const link of links) expect(anchors).toContain(link);
  });
});

function byValue(a: number, b: number): number {
  return a - b;
}
