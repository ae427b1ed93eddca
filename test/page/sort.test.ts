/** What a table shows of its rows. */
import { expect, it } from "vitest";
import { type Column, orderAfterClick, restText, shownRows } from "../../page/table/sort.js";

interface Row {
  readonly name: string;
  readonly n: number | null;
}

const columns: readonly Column<Row>[] = [
  { id: "name", title: "Name", isText: true, value: ({ name }) => name, text: ({ name }) => name },
  { id: "n", title: "N", value: ({ n }) => n, text: ({ n }) => String(n) },
];
const [name, n] = columns as readonly [Column<Row>, Column<Row>];
const rows: readonly Row[] = [
  { name: "b", n: 2 },
  { name: "c", n: null },
  { name: "a", n: 2 },
  { name: "d", n: 10 },
];
const shown = (column: string, descending: boolean, filter = "", of = rows) =>
  shownRows(of, columns, { column, descending }, (row) => row.name, filter);
const names = (...order: [string, boolean]) =>
  shown(...order)
    .rows.map((row) => row.name)
    .join("");

it("is sorted by a column; rows without a value come last, and equal ones by name", () => {
  expect([names("n", true), names("n", false), names("name", false)]).toEqual(["dabc", "abdc", "abcd"]);
  expect(names("no such column", true)).toBe("bcad");
});

it("begins with the largest numbers and the first texts, and turns round at the second click", () => {
  const first = orderAfterClick({ column: "name", descending: false }, n);
  expect(first).toEqual({ column: "n", descending: true });
  expect(orderAfterClick(first, n)).toEqual({ column: "n", descending: false });
  expect(orderAfterClick(first, name)).toEqual({ column: "name", descending: false });
});

it("shows a hundred of 5,000, says so, and finds the others by name", () => {
  const many = Array.from({ length: 5_000 }, (_, i) => ({ name: `Stream ${i}`, n: i }));
  const all = shown("n", true, "", many);
  expect([all.rows.length, all.rows[0]?.n]).toEqual([100, 4_999]);
  expect(restText(all)).toBe("The first 100 of 5,000 in this order: filter by name to see others.");
  const found = shown("n", true, " stream 42 ", many.slice(0, 100));
  expect(found.rows.map((row) => row.n)).toEqual([42]);
  expect(restText(found)).toBe("");
  expect(restText(shown("n", true, "nothing", many))).toBe("None of 5,000 has this in its name.");
});
