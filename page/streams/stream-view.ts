/** One stream: where it stands, its picture, and the list of its changes. */
import type { ValueDisplay } from "../../chart/stream-picture.js";
import { element, setText } from "../element.js";
import { ageText, areDays, timeText } from "./age-text.js";
import { type ChartHistory, widthOf } from "./chart-history.js";
import { regimeClass } from "./regime-colours.js";
import { type ListedChange, listedChanges } from "./stream-changes.js";
import { StreamCharts } from "./stream-charts.js";
import type { FollowedStream } from "./stream-feed.js";
import { streamFigure } from "./stream-figure.js";

/** Milliseconds without an observation from which the view says how long it has been. */
const silenceShownMs = 5_000;

export class StreamView {
  private drawn: ChartHistory | undefined;
  private readonly title = element("h2");
  private readonly regime = element("span", { class: "regime" });
  private readonly facts = element("span", { class: "hint" });
  private readonly silence = element("p", { class: "silence", role: "status" });
  private readonly problem = element("p", { class: "problem" });
  private readonly news = element("p", { class: "hint" });
  private readonly column = element("select", { "aria-label": "Column" });
  private readonly display = element(
    "select",
    { "aria-label": "Show" },
    element("option", { value: "auto" }, "Prices, or the sum of returns"),
    element("option", { value: "values" }, "The values"),
    element("option", { value: "sum" }, "The cumulative sum"),
  );
  private readonly choices = element("div", { class: "stream-choices" }, this.display, this.column);
  private readonly charts = new StreamCharts();
  private readonly changes = element("tbody");
  private readonly noChanges = element(
    "p",
    { class: "hint" },
    "The regime has not changed within this window.",
  );
  private readonly changesTable: HTMLElement;
  readonly root: HTMLElement;

  /** @param redraw asks for a drawing after a choice */
  constructor(redraw: () => void) {
    const heads = ["Observed", "From", "To", "Probability", "Observations late", "Event"];
    this.changesTable = element(
      "table",
      { class: "changes" },
      element("caption", {}, "Changes, newest first"),
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
      this.changes,
    );
    const again = () => {
      this.drawn = undefined;
      redraw();
    };
    this.column.addEventListener("change", again);
    this.display.addEventListener("change", again);
    this.root = element(
      "article",
      { class: "stream-view" },
      element("a", { href: "#/streams", class: "back" }, "All streams"),
      element("header", {}, this.title, this.regime, this.facts),
      this.silence,
      this.problem,
      this.news,
      this.choices,
      this.charts.root,
      this.noChanges,
      element(
        "div",
        { class: "scrolled", tabindex: 0, role: "region", "aria-label": "Changes" },
        this.changesTable,
      ),
    );
  }

  show(stream: FollowedStream): void {
    const { name, state, history, pushed, silentMs } = stream;
    setText(this.title, name);
    // A pushed change is newer than the state that was asked for last.
    const latest = pushed.at(-1);
    const isNewer = latest !== undefined && latest.observed_ts > (state?.last_ts ?? -Infinity);
    const regime = isNewer ? latest.to : (state?.regime ?? "unknown");
    const probability = isNewer ? latest.probability : state?.probability;
    this.regime.dataset["regime"] = regimeClass(regime);
    setText(
      this.regime,
      typeof probability === "number" ? `${regime} ${Math.round(100 * probability)} %` : regime,
    );
    const times = history?.times ?? [];
    setText(
      this.facts,
      state === undefined ? "" : factsText(state.detector, state.observations, state.last_ts, areDays(times)),
    );
    const isSilent = silentMs !== undefined && silentMs >= silenceShownMs;
    setText(this.silence, isSilent ? `No observation for ${ageText(silentMs)}.` : "");
    const notFollowed =
      stream.notFollowed === undefined ? "" : `Changes are not pushed: ${stream.notFollowed}`;
    setText(this.problem, stream.problem ?? notFollowed);
    setText(this.news, stream.news ?? "");
    this.root.dataset["problem"] = String(stream.problem !== undefined);
    // Of a stream that is not there, or not yet read, nothing can be said.
    const isKnown = state !== undefined || latest !== undefined;
    this.regime.hidden = !isKnown;
    this.choices.hidden = !isKnown;
    this.showChanges(listedChanges(history, pushed), areDays(times));
    if (history === undefined) this.noChanges.hidden = true;
    this.showCharts(name, history);
  }

  /** Before another stream is shown. */
  clear(): void {
    this.drawn = undefined;
    this.charts.clear();
    this.changes.replaceChildren();
  }

  private showCharts(name: string, history: ChartHistory | undefined): void {
    this.charts.root.hidden = history === undefined || history.times.length === 0;
    if (history === this.drawn) return;
    this.drawn = history;
    if (history === undefined || history.times.length === 0) return this.charts.clear();
    this.offerColumns(widthOf(history));
    const column = Number(this.column.value) || 0;
    this.charts.show(streamFigure(history, column, this.display.value as ValueDisplay), name);
  }

  private offerColumns(width: number): void {
    this.column.hidden = width < 2;
    if (this.column.options.length === width) return;
    this.column.replaceChildren(
      ...Array.from({ length: width }, (_, i) => element("option", { value: i }, `Column ${i}`)),
    );
  }

  /** A new change is put above those that are there, and nothing else is written. */
  private showChanges(changes: readonly ListedChange[], isDaily: boolean): void {
    this.noChanges.hidden = changes.length > 0;
    this.changesTable.hidden = changes.length === 0;
    const rows = new Map([...this.changes.rows].map((row) => [row.dataset["time"], row]));
    let before: ChildNode | null = this.changes.firstChild;
    for (const change of changes) {
      const key = String(change.time);
      const row = rows.get(key) ?? element("tr", { "data-time": key });
      rows.delete(key);
      fillChange(row, change, isDaily);
      if (row === before) before = before.nextSibling;
      else this.changes.insertBefore(row, before);
    }
    for (const row of rows.values()) row.remove();
  }
}

function fillChange(row: HTMLTableRowElement, change: ListedChange, isDaily: boolean): void {
  const { time, from, to, probability, lag, offset } = change;
  const texts = [
    timeText(time, isDaily),
    from,
    to,
    Number.isNaN(probability) ? "–" : `${Math.round(100 * probability)} %`,
    lag === undefined ? "–" : String(lag),
    offset === undefined ? "from the history" : `pushed, number ${offset}`,
  ];
  if (row.cells.length === 0)
    row.append(
      ...texts.map((_, i) =>
        i === 1 || i === 2 ? element("td", {}, element("span", { class: "regime" })) : element("td"),
      ),
    );
  row.dataset["pushed"] = String(offset !== undefined);
  for (const [i, text] of texts.entries()) {
    const cell = row.cells[i];
    const chip = cell?.firstElementChild;
    if (chip instanceof HTMLElement) chip.dataset["regime"] = regimeClass(text);
    if (cell !== undefined) setText(chip ?? cell, text);
  }
}

function factsText(detector: string, observations: number, lastTs: number | null, isDaily: boolean): string {
  const last = lastTs === null ? "" : `, the last of ${timeText(lastTs, isDaily)}${isDaily ? "" : " UTC"}`;
  return `${detector} · ${observations.toLocaleString("en-US")} observations${last}`;
}
