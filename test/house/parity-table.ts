/** Makes the table of docs/numerics.md from the catalog; the page around it is written by hand. */
import { readFileSync } from "node:fs";
import { type Estimator, estimators, type Parity } from "../../engines/numerics/index.js";

const begin = "<!-- parity: `npm run docs` writes what is between these lines -->";
const end = "<!-- end of parity -->";

/** The page with a current table; the text written by hand stays as it is. */
export function numericsPage(): string {
  return withParityTable(readFileSync("docs/numerics.md", "utf8"), parityTable(estimators));
}

function parityTable(estimators: readonly Estimator[]): string {
  const rows = estimators.flatMap(({ fit, parity }) =>
    Object.entries(parity).map(([part, each]) => {
      const name = fit.signature.name;
      return rowOf(part === "fit" ? name : `${name}.${part}`, each);
    }),
  );
  return ["| fit | oracle | largest error | also equal |", "|---|---|---|---|", ...rows].join("\n");
}

function rowOf(name: string, { ways, oracle, error, alsoEqual = "" }: Parity): string {
  const tried = ways === undefined ? "" : ` (${ways})`;
  return `| \`${name}\`${tried} | ${oracle} | ${error} | ${alsoEqual}${alsoEqual === "" ? "" : " "}|`;
}

/**
 * Replaces the table between the page's two marks.
 * @throws Error when the page has no marks
 */
export function withParityTable(page: string, table: string): string {
  const [before, rest] = cut(page, begin);
  const [, after] = cut(rest, end);
  return `${before}${begin}\n\n${table}\n\n${end}${after}`;
}

function cut(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`the page has no line ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
