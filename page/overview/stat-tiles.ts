/** The newest second in a few large figures. */
import { element, setText } from "../element.js";
import { amount, bytes, duration, none } from "../numbers/format.js";
import type { StatsSample } from "../samples.js";
import { perSecond } from "./stats-history.js";

interface TileText {
  readonly title: string;
  readonly figure: (sample: StatsSample) => string;
  readonly note: (sample: StatsSample) => string;
}

const tiles: readonly TileText[] = [
  {
    title: "Requests a second",
    figure: (sample) => amount(sample.requests_per_second),
    note: (sample) => `${amount(sample.inferences_per_second)} inferences`,
  },
  {
    title: "Latency, median",
    figure: (sample) => duration(sample.latency_ms?.p50),
    note: (sample) => `90th percentile ${duration(sample.latency_ms?.p90)}`,
  },
  {
    title: "Latency, 99th percentile",
    figure: (sample) => duration(sample.latency_ms?.p99),
    note: (sample) => `longest ${duration(sample.latency_ms?.max)}`,
  },
  {
    title: "Waiting",
    figure: (sample) => amount(sample.queue),
    note: (sample) => `${amount(sample.in_flight)} in flight`,
  },
  {
    title: "Errors a second",
    figure: (sample) => amount(errorRate(sample)),
    note: (sample) => `${amount(sample.observations_per_second)} observations a second`,
  },
  {
    title: "Uptime",
    figure: (sample) => duration(sample.uptime_ms),
    note: ({ process }) =>
      process === null
        ? "your tenant's figures"
        : `loop ${duration(process.event_loop_delay_ms.p99)} · ${bytes(process.resident_bytes)}`,
  },
];

export class StatTiles {
  private readonly places = tiles.map(({ title }) => {
    const [figure, note] = [element("dd", { class: "figure" }, none), element("dd", { class: "hint" }, " ")];
    return { tile: element("div", { class: "tile" }, element("dt", {}, title), figure, note), figure, note };
  });
  readonly root = element("dl", { class: "tiles" }, ...this.places.map(({ tile }) => tile));

  show(sample: StatsSample | undefined): void {
    if (sample === undefined) return;
    tiles.forEach(({ figure, note }, i) => {
      const place = this.places[i];
      if (place === undefined) return;
      setText(place.figure, figure(sample));
      setText(place.note, note(sample));
    });
  }
}

function errorRate({ errors, interval_ms: intervalMs }: StatsSample): number {
  return perSecond(
    Object.values(errors).reduce((sum, count) => sum + count, 0),
    intervalMs,
  );
}
