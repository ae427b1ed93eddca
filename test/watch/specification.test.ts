/** PROTOCOL.md has a table for the samples of each topic, with the sentences of the schema, and its example obeys it. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sampleSchemas } from "../../gateway/watch/sample-schemas.js";
import type { SampleFrame } from "../../protocol/frames.js";
import { fieldRows, sampleTable } from "./sample-table.js";

const specification = readFileSync(new URL("../../PROTOCOL.md", import.meta.url), "utf8");

describe.each(Object.entries(sampleSchemas))("the samples of %s", (topic, schema) => {
  it("are described field by field, as their schema says", () => {
    const table = sampleTable(schema);
    expect(specification).toContain(`### \`${topic}\`\n`);
    const section = specification.split(`<!-- fields of ${topic} -->\n\n`)[1] ?? "";
    expect(section.slice(0, section.indexOf("\n\n"))).toBe(table);
  });

  it("have a sentence for every field", () => {
    for (const { field, meaning } of fieldRows(schema)) expect([field, meaning]).toEqual([field, sentence]);
  });
});

const sentence = expect.stringMatching(/^[A-Z0-9].*\.$/);

it("the samples of the flows obey their schemas", () => {
  const lines = specification.match(/^\{"type":"sample".*$/gm) ?? [];
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    const { topic, data } = JSON.parse(line) as SampleFrame;
    expect(sampleSchemas[topic]?.parse(data)).toEqual(data);
  }
});
