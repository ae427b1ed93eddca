/** The list of streams: a table whose rows are kept by name, so that a sample writes only what differs. */
import { element, setText } from "../element.js";
import { regimeClass } from "./regime-colours.js";
import { type StreamOrder, type StreamRow, streamOrders } from "./stream-rows.js";

interface ListRow {
  readonly root: HTMLTableRowElement;
  readonly name: HTMLAnchorElement;
  readonly cells: Readonly<Record<Exclude<ColumnName, "name">, HTMLTableCellElement>>;
  readonly regime: HTMLElement;
}

const headings = {
  name: "Stream",
  status: "Status",
  regime: "Regime",
  probability: "Probability",
  rate: "Per second",
  changed: "Last change",
  detector: "Detector",
} as const;
type ColumnName = keyof typeof headings;
const columns = Object.keys(headings) as readonly ColumnName[];

export class StreamTable {
  private readonly rows = new Map<string, ListRow>();
  private readonly body = element("tbody");
  private readonly heads = new Map<ColumnName, HTMLTableCellElement>();
  private chosen: string | undefined;
  readonly root: HTMLElement;

  /** @param order is called with the order that was chosen */
  constructor(private readonly order: (order: StreamOrder) => void) {
    const head = element("tr", {}, ...columns.map((column) => this.heading(column)));
    const table = element(
      "table",
      { class: "stream-list" },
      element("caption", { class: "unseen" }, "Streams"),
    );
    table.append(element("thead", {}, head), this.body);
    this.root = element(
      "div",
      { class: "stream-list-frame", tabindex: 0, role: "region", "aria-label": "List of streams" },
      table,
    );
  }

  private heading(column: ColumnName): HTMLTableCellElement {
    const cell = element("th", { scope: "col", class: `of-${column}` });
    const order = streamOrders.find((each) => each === column);
    if (order === undefined) cell.append(headings[column]);
    else {
      const button = element("button", { type: "button", class: "quiet sort" }, headings[column]);
      button.addEventListener("click", () => this.order(order));
      cell.append(button);
    }
    this.heads.set(column, cell);
    return cell;
  }

  show(rows: readonly StreamRow[], order: StreamOrder, chosen: string | undefined): void {
    for (const [column, cell] of this.heads) {
      if (column === order) cell.setAttribute("aria-sort", column === "changed" ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
    this.chosen = chosen;
    const names = new Set(rows.map(({ name }) => name));
    for (const [name, { root }] of this.rows)
      if (!names.has(name)) {
        root.remove();
        this.rows.delete(name);
      }
    let before: ChildNode | null = this.body.firstChild;
    for (const row of rows) {
      const shown = this.rows.get(row.name) ?? this.make(row.name);
      this.fill(shown, row);
      if (shown.root === before) before = before.nextSibling;
      else this.body.insertBefore(shown.root, before);
    }
  }

  private make(name: string): ListRow {
    const link = element("a", { href: `#/streams/${encodeURIComponent(name)}` }, name);
    const regime = element("span", { class: "regime" });
    const cell = (column: ColumnName, ...children: readonly Node[]) =>
      element("td", { class: `of-${column}` }, ...children);
    const cells = {
      status: cell("status"),
      regime: cell("regime", regime),
      probability: cell("probability"),
      rate: cell("rate"),
      changed: cell("changed"),
      detector: cell("detector"),
    };
    const root = element(
      "tr",
      {},
      element("th", { scope: "row", class: "of-name" }, link),
      ...Object.values(cells),
    );
    const row = { root, name: link, cells, regime };
    this.rows.set(name, row);
    return row;
  }

  private fill({ root, name, cells, regime }: ListRow, row: StreamRow): void {
    if (root.dataset["status"] !== row.status) root.dataset["status"] = row.status;
    if (row.name === this.chosen) name.setAttribute("aria-current", "true");
    else name.removeAttribute("aria-current");
    const kind = regimeClass(row.regime);
    if (regime.dataset["regime"] !== kind) regime.dataset["regime"] = kind;
    setText(regime, row.regime);
    setText(cells.status, row.statusText);
    setText(cells.probability, row.probabilityText);
    setText(cells.rate, row.rateText);
    setText(cells.changed, row.changedText);
    setText(cells.detector, row.detector);
  }
}
