import { marked } from "marked";
import { describe, expect, test } from "vitest";
import { cardLink, isTooIntricate } from "../../page/models/card-links.js";
import { modelsOfDescription } from "../../page/models/described-models.js";
import {
  type RepositoryModel,
  type RepositoryVersion,
  repositoryRows,
} from "../../page/models/model-rows.js";

const version = (rest: Partial<RepositoryVersion> = {}): RepositoryVersion => ({
  version: "1",
  state: "ready",
  reason: null,
  traffic: 1,
  shadow: false,
  aliases: [],
  expires_ts: null,
  backend: "onnxruntime-cpu",
  proof: { golden: "reproduced", proven_at: 0, rows_together: true, reason: null },
  signature: "verified",
  resident_bytes: 1_572_864,
  instances: 1,
  counts: { requests: 1_200, errors: 3, inferences: 2_400 },
  ...rest,
});
const model = (name: string, ...versions: RepositoryVersion[]): RepositoryModel => ({
  name,
  kind: "model",
  description: null,
  card: null,
  versions,
});
const rowOf = (...versions: RepositoryVersion[]) => repositoryRows([model("m", ...versions)], "")[0];

describe("the repository", () => {
  test("shares out the traffic without shadows, the largest share first", () => {
    const row = rowOf(
      version({ traffic: 0.1 }),
      version({ version: "2", traffic: 0.9 }),
      version({ version: "3", traffic: 0 }),
      version({ version: "4", traffic: 0.5, shadow: true }),
    );
    expect(row?.shares).toEqual([
      { version: "2", share: 0.9 },
      { version: "1", share: 0.1 },
    ]);
    expect(row?.sharesText).toBe("version 2 (90 %), version 1 (10 %)");
    expect(row?.shadows).toEqual(["4"]);
    expect(row?.versions.map(({ traffic }) => traffic)).toEqual(["10 %", "90 %", "0 %", "shadow"]);
    expect(row?.summary).toBe("4 ready");
  });

  test("tells a share below one in a hundred, and none as none", () => {
    const texts = [0.001, 0.125, 0].map((traffic) => rowOf(version({ traffic }))?.versions[0]?.traffic);
    expect(texts).toEqual(["0.10 %", "12.5 %", "0 %"]);
  });

  test("says why a version failed, and warns of one that serves with broken files", () => {
    const failed = rowOf(
      version(),
      version({ version: "2", state: "unavailable", reason: "golden answers differ" }),
    );
    expect(failed).toMatchObject({ tone: "bad", summary: "1 ready, 1 unavailable" });
    expect(failed?.versions[1]).toMatchObject({ tone: "bad", reason: "golden answers differ" });
    expect(rowOf(version({ reason: "its graph is gone" }))?.tone).toBe("pending");
  });

  test("tells the proof, and where there is none why", () => {
    const proof = (rest: Partial<RepositoryVersion>) => rowOf(version(rest))?.versions[0]?.proof;
    expect(proof({})).toBe("golden answer reproduced, 1970-01-01 00:00 UTC");
    const alone = { golden: "reproduced", proven_at: 0, rows_together: false, reason: "why" } as const;
    expect(proof({ proof: alone })).toBe(
      "golden answer reproduced, 1970-01-01 00:00 UTC; each request is computed by itself",
    );
    expect(proof({ proof: null, state: "unloaded" })).toBe("not opened yet");
    expect(proof({ proof: null })).toBe("–");
  });

  test("lists trouble first, leaves fits out, and is filtered by a part of the name", () => {
    const models = [
      model("b10", version()),
      model("b9", version()),
      model("z", version({ state: "unavailable" })),
      { ...model("pca", version()), kind: "fit" },
    ];
    expect(repositoryRows(models, "").map(({ name }) => name)).toEqual(["z", "b9", "b10"]);
    expect(repositoryRows(models, "B1").map(({ name }) => name)).toEqual(["b10"]);
  });

  test("tells the names that stand for a version, and until when it answers", () => {
    const row = rowOf(
      version({ aliases: ["champion", "stable"], expires_ts: Date.parse("2026-12-31T22:00:00Z") }),
      version({ version: "2" }),
    );
    expect(row?.versions.map(({ aliases, expires }) => [aliases, expires])).toEqual([
      ["champion, stable", "2026-12-31 22:00 UTC"],
      ["–", "never"],
    ]);
  });

  test("of a description has what that tells, and nothing made up", () => {
    const entry = (version: string | null, rest: object) => ({ name: "m", version, kind: "model", ...rest });
    const [row] = repositoryRows(
      modelsOfDescription({
        models: [
          entry("1", {
            state: "ready",
            traffic: 1,
            aliases: ["champion"],
            expires_ts: 0,
            memory: { resident_bytes: 2 ** 30 },
          }),
          entry(null, { state: "unavailable", reason: "no file" }),
        ],
        detectors: [],
        kernels: null,
      } as never),
      "",
    );
    expect(row?.versions).toMatchObject([
      {
        version: "1",
        aliases: "champion",
        expires: "1970-01-01 00:00 UTC",
        memory: "1.0 GiB",
        proof: "–",
        signature: "–",
        counts: "–",
      },
      { state: "unavailable", reason: "no file", traffic: "–" },
    ]);
  });
});

describe("a link in a card", () => {
  test.each([
    ["https://a.example/x", "a.example"],
    [" HTTP://a.example:8080", "a.example:8080"],
  ])("%s leads to a host that is named", (href, host) => {
    expect(cardLink(href)?.host).toBe(host);
  });

  test.each([
    null,
    "",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>",
    "vbscript:x",
    "/v1/models",
    "//a.example",
    "docs/x.md",
    "#top",
    "https://",
    "https://gate.example@evil.example/",
    "https:evil.example",
    "file:///etc/passwd",
  ])("%j is no link", (href) => {
    expect(cardLink(href)).toBeUndefined();
  });
});

describe("a card's nesting", () => {
  test("of the shipped kind is read as Markdown", () => {
    const card =
      "# m\n\n- a\n  - b\n    1. c\n\n> quote\n\n| a | b |\n|---|---|\n| [x](https://a.b) | `c` |\n\n---\n* * *\n";
    expect(isTooIntricate(card)).toBe(false);
  });

  test.each([
    ["quotes", ">".repeat(5_000)],
    ["quotes apart", "> ".repeat(2_000)],
    ["lists", "- ".repeat(2_000)],
    ["numbered lists", "1. ".repeat(2_000)],
    ["brackets", "[".repeat(8_000)],
    ["images in images", "![".repeat(4_000)],
    ["deep indentation", `${" ".repeat(1_000)}- x`],
    ["emphasis", "*a_".repeat(5_461)],
    ["a text that is too long", "a".repeat(16_385)],
  ])("of %s is shown as it is written", (_, card) => {
    expect(isTooIntricate(card)).toBe(true);
  });

  test.each([
    ["emphasis", `${"*a_".repeat(260)}\n\n`.repeat(20)],
    ["backquotes", "`".repeat(16_384)],
    ["brackets a line", "[\n".repeat(8_000)],
    ["entities", "&amp".repeat(4_096)],
    ["tables", `${"|".repeat(8_000)}\n${"|-".repeat(4_000)}`],
    ["html", "<".repeat(16_384)],
    ["links", "[a](".repeat(10)],
    [
      "lists a line",
      Array.from({ length: 170 }, (_, i) => `${" ".repeat(i)}- x`)
        .join("\n")
        .slice(0, 16_384),
    ],
  ])("of %s is rendered", (_, card) => {
    expect(isTooIntricate(card)).toBe(false);
    expect(typeof marked.parse(card, { async: false })).toBe("string");
  });
});
