/** Lines over time, drawn by uPlot in the page's colours, with the newest or the pointed-at values in its legend. */
import "uplot/dist/uPlot.min.css";
import uPlot from "uplot";
import { element, setText } from "../element.js";
import { clockTime } from "../numbers/format.js";
import { themeChanged } from "../shell/theme-switch.js";
import { isolatedPoints } from "./isolated-points.js";

export interface LineSeries {
  readonly label: string;
  /** The number of the colour among the style sheet's `--series-…`. */
  readonly colour: number;
  readonly fill?: boolean;
}

export interface LineChartOptions {
  readonly title: string;
  readonly series: readonly LineSeries[];
  readonly text: (value: number | null | undefined) => string;
}

const height = 150;

export class LineChart {
  private chart: uPlot | undefined;
  private data: uPlot.AlignedData = [[]];
  private range: readonly [number, number] = [0, 1];
  private series: readonly LineSeries[];
  private readonly plot = element("div", { class: "plot", role: "img" });
  private readonly legend = element("p", { class: "legend" });
  private values: HTMLElement[] = [];
  readonly root: HTMLElement;

  constructor(private readonly options: LineChartOptions) {
    this.series = options.series;
    const head = element("div", { class: "box-head" }, element("h3", {}, options.title), this.legend);
    this.root = element("section", { class: "box chart" }, head, this.plot);
    new ResizeObserver(() => this.resize()).observe(this.plot);
    document.addEventListener(themeChanged, () => this.make());
    this.writeLegend();
  }

  /**
   * @param data seconds since the epoch, then the values of each series
   * @param range seconds since the epoch at the left and at the right edge
   * @param series where they changed, such as when another error code occurred
   */
  show(data: uPlot.AlignedData, range: readonly [number, number], series = this.series): void {
    this.data = data;
    this.range = range;
    const isSame = series.length === this.series.length;
    this.series = series;
    if (!isSame) this.writeLegend();
    if (this.chart === undefined || !isSame) this.make();
    else this.chart.setData(data);
    this.writeValues(null);
  }

  private make(): void {
    this.chart?.destroy();
    this.chart = undefined;
    const width = this.plot.clientWidth;
    if (width === 0) return; // it is not shown: the observer makes it then
    const style = getComputedStyle(document.documentElement);
    this.chart = new uPlot(
      this.uplotOptions(width, (name) => style.getPropertyValue(name).trim()),
      this.data,
      this.plot,
    );
  }

  private resize(): void {
    const width = this.plot.clientWidth;
    if (width === 0) return;
    if (this.chart === undefined) this.make();
    else this.chart.setSize({ width, height });
  }

  private uplotOptions(width: number, colour: (name: string) => string): uPlot.Options {
    const font = "11px system-ui, sans-serif";
    const axis: uPlot.Axis = {
      stroke: colour("--muted"),
      font,
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    return {
      width,
      height,
      padding: [8, 26, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { range: () => [this.range[0], this.range[1]] },
        y: { range: (_, _low, high) => [0, high > 0 ? high * 1.1 : 1] },
      },
      axes: [
        {
          ...axis,
          size: 26,
          space: 80,
          values: (_, ticks) =>
            ticks.map((tick) => clockTime(tick, ((ticks[1] ?? 0) - (ticks[0] ?? 0)) % 60 > 0)),
        },
        { ...axis, size: 52, space: 36, values: (_, ticks) => ticks.map((tick) => this.options.text(tick)) },
      ],
      series: [
        {},
        ...this.series.map(({ label, colour: number, fill = false }) => ({
          label,
          stroke: colour(`--series-${number}`),
          width: 1.5,
          points: {
            show: false,
            size: 4,
            filter: (plot: uPlot, at: number) => isolatedPoints(plot.data[at] ?? []),
          },
          ...(fill && { fill: `${colour(`--series-${number}`)}1f` }),
        })),
      ],
      hooks: { setCursor: [({ cursor }) => this.writeValues(cursor.idx ?? null)] },
    };
  }

  private writeLegend(): void {
    this.values = this.series.map(() => element("b"));
    this.legend.replaceChildren(
      ...this.series.map(({ label, colour }, i) =>
        element(
          "span",
          { class: "legend-entry" },
          element("span", { class: `swatch swatch-${colour}`, "aria-hidden": "true" }),
          `${label} `,
          this.values[i] as HTMLElement,
        ),
      ),
    );
  }

  /** @param at the place of the row that is pointed at; null for the newest */
  private writeValues(at: number | null): void {
    const texts = this.series.map((_, i) => {
      const column = this.data[i + 1] as readonly (number | null)[] | undefined;
      return this.options.text(column?.at(at ?? -1));
    });
    texts.forEach((text, i) => {
      const place = this.values[i];
      if (place !== undefined) setText(place, text);
    });
    const spoken = this.series.map(({ label }, i) => `${label} ${texts[i]}`).join(", ");
    if (at === null)
      this.plot.setAttribute("aria-label", `${this.options.title}: ${spoken || "nothing yet"}`);
  }
}
