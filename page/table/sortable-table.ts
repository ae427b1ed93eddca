/** A table whose titles sort it and whose field filters it. Its rows are kept and written anew, not made anew. */
import { element, setText } from "../element.js";
import { type Column, orderAfterClick, restText, type SortOrder, shownRows } from "./sort.js";

export interface TableOptions<Row> {
  readonly title: string;
  readonly columns: readonly Column<Row>[];
  readonly order: SortOrder;
  /** Tells rows apart, and is what the filter looks in. */
  readonly key: (row: Row) => string;
  /** What is said of an empty table. */
  readonly empty: string;
  /** From so many rows on there is a field to filter them. */
  readonly filterFrom?: number;
}

export class SortableTable<Row> {
  private order: SortOrder;
  private rows: readonly Row[] = [];
  private readonly body = element("tbody");
  private readonly heads: ReadonlyMap<string, HTMLTableCellElement>;
  private readonly filter: HTMLInputElement;
  private readonly rest = element("p", { class: "hint rest", role: "status" });
  private readonly frame: HTMLElement;
  readonly root: HTMLElement;

  constructor(private readonly options: TableOptions<Row>) {
    const { title, columns, order } = options;
    this.order = order;
    this.heads = new Map(columns.map((column) => [column.id, this.head(column)]));
    this.filter = element("input", {
      type: "search",
      placeholder: "Filter by name",
      "aria-label": `Filter ${title.toLowerCase()} by name`,
      maxlength: 128,
      hidden: true,
    });
    this.filter.addEventListener("input", () => this.draw());
    const table = element(
      "table",
      {},
      element("thead", {}, element("tr", {}, ...this.heads.values())),
      this.body,
    );
    // A table that is wider than the screen is scrolled within its frame, which the keyboard must reach.
    this.frame = element(
      "div",
      { class: "table-frame", tabindex: 0, role: "region", "aria-label": title },
      table,
    );
    this.root = element(
      "section",
      { class: "box" },
      element("div", { class: "box-head" }, element("h3", {}, title), this.filter),
      this.frame,
      this.rest,
    );
    this.markOrder();
  }

  show(rows: readonly Row[]): void {
    this.rows = rows;
    this.draw();
  }

  private head(column: Column<Row>): HTMLTableCellElement {
    const button = element("button", { type: "button", title: column.hint }, column.title);
    button.addEventListener("click", () => {
      this.order = orderAfterClick(this.order, column);
      this.markOrder();
      this.draw();
    });
    return element("th", { scope: "col", class: kindOf(column) }, button);
  }

  private markOrder(): void {
    for (const [id, head] of this.heads) {
      if (id !== this.order.column) head.removeAttribute("aria-sort");
      else head.setAttribute("aria-sort", this.order.descending ? "descending" : "ascending");
    }
  }

  private draw(): void {
    const { columns, key, empty, filterFrom = 12 } = this.options;
    const shown = shownRows(this.rows, columns, this.order, key, this.filter.value);
    this.filter.hidden = this.rows.length < filterFrom && this.filter.value === "";
    this.frame.hidden = this.rows.length === 0;
    setText(this.rest, this.rows.length === 0 ? empty : restText(shown));
    while (this.body.rows.length > shown.rows.length) this.body.deleteRow(-1);
    for (const [i, row] of shown.rows.entries()) this.write(this.body.rows[i] ?? this.newRow(), row);
  }

  private newRow(): HTMLTableRowElement {
    const row = element("tr");
    this.options.columns.forEach((column, i) => {
      const kind = kindOf(column);
      row.append(i === 0 ? element("th", { scope: "row", class: kind }) : element("td", { class: kind }));
    });
    this.body.append(row);
    return row;
  }

  private write(tableRow: HTMLTableRowElement, row: Row): void {
    this.options.columns.forEach((column, i) => {
      const cell = tableRow.cells[i] as HTMLTableCellElement;
      const text = column.text(row);
      setText(cell, text);
      if (column.isText === true && cell.title !== text) cell.title = text;
      if (column.share !== undefined)
        cell.style.setProperty("--share", String(shownShare(column.share(row))));
    });
  }
}

function kindOf<Row>({ isText, share }: Column<Row>): string {
  if (isText === true) return "text";
  return share === undefined ? "number" : "number share";
}

/** A bar of less than a fiftieth is a speck. */
function shownShare(share: number): number {
  return share < 0.02 ? 0 : Math.min(1, share);
}
