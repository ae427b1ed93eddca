import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { settingRows } from "../../gateway/config/reference.js";
import { decisionRecords } from "./decision-index.js";
import { generatedPages } from "./generated-pages.js";

describe("the pages that are made from the code", () => {
  it.each(generatedPages)("$path is current: else `npm run docs`", ({ path, make }) => {
    expect(readFileSync(path, "utf8")).toBe(make());
  });

  it("name every decision by its number, with a title and a status", () => {
    const records = decisionRecords();
    expect(records.map(({ file }) => Number(file.slice(0, 4)))).toEqual(records.map(({ number }) => number));
    const odd = records.filter(
      ({ title, status }) =>
        title === "" || !/^(?:Accepted|Superseded (?:in part )?by \[\d+\]\(\S+\.md\))\.$/.test(status),
    );
    expect(odd).toEqual([]);
  });

  it("describe every setting in a sentence that stands alone", () => {
    const rows = settingRows();
    expect(rows.length).toBeGreaterThan(60);
    const odd = rows.filter(({ description }) => !/^[A-Z`].{10,}\.$/s.test(description));
    expect(odd).toEqual([]);
  });
});
