/** The panel "Overview": how much the gateway does, how fast, and for whom. */
import { LineChart } from "../charts/line-chart.js";
import { element } from "../element.js";
import { amount, duration } from "../numbers/format.js";
import type { Panel, PanelContext, PanelView } from "../panel.js";
import type { SampleMoment, StatsSample } from "../samples.js";
import { SortableTable } from "../table/sortable-table.js";
import { modelTable } from "./model-table.js";
import { RecentRows } from "./recent-rows.js";
import { StatTiles } from "./stat-tiles.js";
import { StatsHistory } from "./stats-history.js";
import { tenantTable } from "./tenant-table.js";
import { WindowChoice } from "./window-choice.js";

export const overviewPanel: Panel = {
  id: "overview",
  title: "Overview",
  mount: (place, context) => new OverviewView(place, context),
};

class OverviewView implements PanelView {
  private readonly history = new StatsHistory();
  private readonly recent = new RecentRows();
  private newest: { readonly sample: StatsSample; readonly ts: number } | undefined;
  private readonly tiles = new StatTiles();
  private readonly window: WindowChoice;
  private readonly throughput = new LineChart({
    title: "Throughput a second",
    series: [
      { label: "Requests", colour: 1, fill: true },
      { label: "Inferences", colour: 2 },
    ],
    text: amount,
  });
  private readonly latency = new LineChart({
    title: "Latency",
    series: [
      { label: "p50", colour: 1, fill: true },
      { label: "p99", colour: 2 },
    ],
    text: duration,
  });
  private readonly queue = new LineChart({
    title: "Queue",
    series: [
      { label: "Waiting", colour: 1, fill: true },
      { label: "In flight", colour: 3 },
    ],
    text: amount,
  });
  private readonly errors = new LineChart({ title: "Errors a second", series: [], text: amount });
  private readonly tenants = new SortableTable(tenantTable);
  private readonly models = new SortableTable(modelTable);

  constructor(place: HTMLElement, context: PanelContext) {
    this.window = new WindowChoice(() => context.redraw());
    place.append(
      element("div", { class: "panel-head" }, element("h2", {}, "Overview"), this.window.root),
      this.tiles.root,
      element(
        "div",
        { class: "grid" },
        ...[this.throughput, this.latency, this.queue, this.errors].map(({ root }) => root),
      ),
      element("div", { class: "stack" }, this.tenants.root, this.models.root),
    );
    // Samples are kept while other panels are shown, so that the charts have no gap.
    context.source.watch("gateway.stats", (sample, moment) => {
      this.take(sample, moment);
      context.redraw();
    });
  }

  show(): void {}

  hide(): void {}

  private take(sample: StatsSample, { ts }: SampleMoment): void {
    this.history.add(sample, ts);
    this.recent.add(sample, ts);
    this.newest = { sample, ts };
  }

  draw(): void {
    this.tiles.show(this.newest?.sample);
    const ts = this.newest?.ts ?? 0;
    const from = ts - this.window.ms;
    // A page that was just opened begins with a minute, and not with an empty window.
    const left = Math.max(from, Math.min(this.history.oldest ?? from, ts - 60_000));
    const range = [left / 1_000, ts / 1_000] as const;
    this.throughput.show(this.history.columns(from, ["requests", "inferences"]), range);
    this.latency.show(this.history.columns(from, ["p50", "p99"]), range);
    this.queue.show(this.history.columns(from, ["queue", "inFlight"]), range);
    const codes = this.history.errorCodes.map((label, i) => ({ label, colour: 1 + ((i + 4) % 6) }));
    this.errors.show(this.history.errorColumns(from), range, codes);
    this.tenants.show(this.recent.tenants());
    this.models.show(this.recent.models());
  }
}
