/** Everything that the recipes name exists: files, the folders of files to be written, suites and scripts. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";

const folder = "docs/recipes";
const recipes = readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")] as const);
const scripts = (JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> })
  .scripts;

/** The paths from the repository's root that stand in backticks. */
function paths(text: string): string[] {
  const prose = text.replace(/```[^`]*```/g, "");
  return [...prose.matchAll(/`([\w./-]+\/[\w.-]+\.(?:ts|py|md|json))`/g)].map(([, path = ""]) => path);
}

/** The folder of a path with a placeholder; for a family, one of the existing family folders. */
function placeOf(path: string): string {
  const known = path.replace("/FAMILY/", "/preprocessing/");
  return /NAME/.test(known) ? dirname(known) : known;
}

describe.each(recipes)("%s", (_, text) => {
  it("names files that exist, and folders for new files that exist", () => {
    const found = paths(text);
    expect(found.length).toBeGreaterThan(4);
    expect(found.map(placeOf).filter((path) => !existsSync(path))).toEqual([]);
  });

  it("numbers the files, and ends with commands that can be given", () => {
    const rows = [...text.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
    expect(rows).toEqual(rows.map((_number, at) => at + 1));
    const [, commands = ""] = text.split("You are done when these pass:");
    const given = [...commands.matchAll(/npm run ([\w:-]+)/g)].map(([, name = ""]) => name);
    expect(given.filter((name) => !(name in scripts))).toEqual([]);
    const suites = [...commands.matchAll(/(?<=\s)test\/[\w./-]+/g)].map(([path]) => path);
    expect(suites.length).toBeGreaterThan(0);
    expect(suites.filter((path) => !existsSync(path))).toEqual([]);
  });
});

it("there is one for each kind of thing that is added", () => {
  expect(recipes.map(([name]) => name).sort()).toEqual([
    "add-a-detector.md",
    "add-a-frame.md",
    "add-an-estimator.md",
    "add-an-http-route.md",
  ]);
});

it("the tests that docs/debugging.md selects by their name exist", () => {
  const page = readFileSync("docs/debugging.md", "utf8");
  const selections = [...page.matchAll(/(test\/[\w-]+) -t "([^"]+)"/g)];
  expect(selections.length).toBeGreaterThan(0);
  for (const [, place = "", name = ""] of selections) {
    const suites = readdirSync(place).filter((file) => file.endsWith(".test.ts"));
    const titles = suites.flatMap((file) =>
      [...readFileSync(join(place, file), "utf8").matchAll(/\b(?:it|test)\("([^"]+)"/g)].map(
        ([, title]) => title,
      ),
    );
    expect(
      titles.filter((title) => title?.includes(name)),
      `-t "${name}"`,
    ).not.toEqual([]);
  }
});
