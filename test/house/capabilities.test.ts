/**
 * The table of capabilities names everything that the TypeScript client exports, and nothing else. A test of the
 * Python client checks the same there.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";
import { capabilityTable, inPythonCase, membersOf, saysTheSame } from "./capabilities.js";

/** The part that these tests need of typedoc's JSON for one exported name. */
interface ReferenceEntry {
  readonly name: string;
  readonly flags?: { readonly isExternal?: boolean };
  readonly type?: { readonly value?: unknown };
  readonly children?: readonly ReferenceEntry[];
}

const { sections, eventKinds } = capabilityTable();
const rows = sections.flatMap((section) => section.rows);
let reference: readonly ReferenceEntry[];

// Generates the reference as `npm run docs:client` does, which fails at an export or a member without a description.
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "headgate-reference-"));
  const file = join(folder, "reference.json");
  // A folder without a remote repository has nothing for links to sources to lead to, and a warning fails the run.
  const output = ["--disableSources", "--json", file, "--out", join(folder, "pages")];
  const run = ["run", "-s", "docs:client", "--", ...output];
  await promisify(execFile)("npm", run);
  reference = (JSON.parse(readFileSync(file, "utf8")) as ReferenceEntry).children ?? [];
  rmSync(folder, { recursive: true });
}, 120_000);

/**
 * The members of an export; with `withInherited` also those of JavaScript's own classes, such as every error's
 * `stack`, which the table may list and need not.
 */
function membersIn(entry: ReferenceEntry, withInherited: boolean): string[] {
  return (entry.children ?? [])
    .filter(({ name, flags }) => name !== "constructor" && (withInherited || flags?.isExternal !== true))
    .map(({ name }) => name);
}

it("each export of the TypeScript client is in the table once, and each that is in the table is exported", () => {
  const listed = rows.flatMap(({ typescript }) => typescript ?? []);
  expect(listed.toSorted()).toEqual(reference.map(({ name }) => name).toSorted());
});

it("each member of an export is in the table once, and each in the table exists", () => {
  for (const entry of reference) {
    const row = rows.find(({ typescript }) => typescript === entry.name);
    const listed = row === undefined ? [] : membersOf(row).flatMap(({ typescript }) => typescript ?? []);
    expect({ [entry.name]: listed }).toEqual({
      [entry.name]: expect.arrayContaining(membersIn(entry, false)),
    });
    expect({ [entry.name]: membersIn(entry, true) }).toEqual({
      [entry.name]: expect.arrayContaining(listed),
    });
  }
});

it("names differ only by their case and their unit, or the table gives the reason", () => {
  const odd = rows
    .filter(({ why }) => why === undefined)
    .flatMap((row) => [{ typescript: row.typescript, python: row.python }, ...membersOf(row)])
    .filter(
      ({ typescript, python }) => typescript !== python && !saysTheSame(typescript ?? "", python ?? ""),
    );
  expect(odd).toEqual([]);
  expect(inPythonCase("lastTs")).toBe("last_ts");
  expect(saysTheSame("timeoutMs", "timeout") && saysTheSame("lastedMs", "lasted_s")).toBe(true);
  expect(saysTheSame("openStream", "stream")).toBe(false);
});

it("the kinds of events are those of the table", () => {
  const kinds = reference
    .filter(({ name }) => name.endsWith("Event") && name !== "GateEvent")
    .map(({ children = [] }) => children.find(({ name }) => name === "kind")?.type?.value);
  expect(kinds.toSorted()).toEqual(eventKinds.toSorted());
});
