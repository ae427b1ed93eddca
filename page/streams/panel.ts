/** The panel "Streams": a list of streams, and one of them as it goes on. */
import "uplot/dist/uPlot.min.css";
import "./streams.css";
import type { Gate } from "../../client/typescript/gate.js";
import { element, setText } from "../element.js";
import type { Panel, PanelContext, PanelView } from "../panel.js";
import type { StreamsSample } from "../samples.js";
import { StreamFeed } from "./stream-feed.js";
import { type StreamOrder, streamRows } from "./stream-rows.js";
import { StreamTable } from "./stream-table.js";
import { StreamView } from "./stream-view.js";

/** Observations that one stream is drawn with. */
const windows = [250, 1_000, 5_000, 20_000] as const;

/** Milliseconds after the last key before the gateway is asked for other streams. */
const filterPauseMs = 300;

export const streamsPanel: Panel = {
  id: "streams",
  title: "Streams",
  mount: (place, context) => new StreamsView(place, context),
};

class StreamsView implements PanelView {
  private sample: StreamsSample | undefined;
  private order: StreamOrder = "status";
  /** Whether the gateway has more streams than a sample holds, so that it has to be asked for those of a name. */
  private hasMore = false;
  private endWatch: (() => void) | undefined;
  private feed: StreamFeed | undefined;
  private feedGate: Gate | undefined;
  private isShown = false;
  /** Whether the only stream there is may still be opened: once each time that the panel is chosen. */
  private mayOpenOnly = false;
  private filterTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly filter = element("input", {
    type: "search",
    id: "stream-filter",
    placeholder: "Part of a name",
    maxlength: 64,
  });
  private readonly window = element(
    "select",
    { "aria-label": "Observations" },
    ...windows.map((size) =>
      element(
        "option",
        { value: size, selected: size === 1_000 },
        `${size.toLocaleString("en-US")} observations`,
      ),
    ),
  );
  private readonly count = element("p", { class: "hint", role: "status" });
  private readonly list: StreamTable;
  private readonly view: StreamView;

  constructor(
    private readonly place: HTMLElement,
    private readonly context: PanelContext,
  ) {
    this.list = new StreamTable((order) => {
      this.order = order;
      context.redraw();
    });
    this.view = new StreamView(() => context.redraw());
    this.view.root.querySelector(".stream-choices")?.append(this.window);
    const aside = element(
      "div",
      { class: "streams-aside" },
      element("h2", {}, "Streams"),
      element(
        "div",
        { class: "stream-filter" },
        element("label", { for: "stream-filter" }, "Filter"),
        this.filter,
      ),
      this.count,
      this.list.root,
    );
    place.append(element("div", { class: "streams" }, aside, this.view.root));
    this.filter.addEventListener("input", () => this.filtered());
    this.filter.addEventListener("keydown", ({ key }) => key === "Enter" && this.openTyped());
    this.window.addEventListener("change", () => this.follow(true));
    window.addEventListener("hashchange", () => this.isShown && this.follow(false));
    context.onConnection(() => this.isShown && this.follow(false));
  }

  show(): void {
    this.isShown = true;
    this.mayOpenOnly = true;
    this.watch();
    this.follow(true);
  }

  hide(): void {
    this.isShown = false;
    this.endWatch?.();
    this.feed?.end();
    this.feed = undefined;
  }

  draw(): void {
    const chosen = chosenStream();
    const shown = streamRows(this.sample?.streams ?? [], this.order, this.filter.value);
    this.list.show(shown, this.order, chosen);
    this.list.root.hidden = shown.length === 0;
    setText(this.count, countText(this.sample, shown.length, this.filter.value.trim() !== ""));
    this.place.firstElementChild?.toggleAttribute("data-chosen", chosen !== undefined);
    this.view.root.hidden = chosen === undefined;
    if (this.feed !== undefined) this.view.show(this.feed.stream);
  }

  private watch(): void {
    this.endWatch?.();
    const contains = this.hasMore ? this.filter.value.trim() : "";
    this.endWatch = this.context.source.watch(
      "gateway.streams",
      (sample) => {
        this.sample = sample;
        // A sample of all streams tells whether there are more; one that was narrowed does not.
        if (contains === "") this.hasMore = sample.left_out > 0;
        this.openOnly(sample);
        this.context.redraw();
      },
      contains === "" ? {} : { contains },
    );
  }

  /**
   * What is known is filtered at once, in capitals or not. A gateway with more streams than a sample holds is asked a
   * moment later; it looks for the name as it is written.
   */
  private filtered(): void {
    this.context.redraw();
    clearTimeout(this.filterTimer);
    if (this.hasMore) this.filterTimer = setTimeout(() => this.isShown && this.watch(), filterPauseMs);
  }

  /** Where there is one stream, its picture is what one comes for. */
  private openOnly({ total, streams }: StreamsSample): void {
    const [only] = streams;
    const mayOpen = this.mayOpenOnly && total === 1 && chosenStream() === undefined;
    this.mayOpenOnly = false;
    if (mayOpen && only !== undefined) location.replace(addressOf(only.name));
  }

  /** The whole name of a stream opens it, also where the list does not have it. */
  private openTyped(): void {
    const name = this.filter.value.trim();
    if (name !== "") location.hash = addressOf(name);
  }

  /** Follows the stream that the address names. */
  private follow(isAnew: boolean): void {
    const name = chosenStream();
    const gate = this.context.gate();
    const isSame = this.feed?.stream.name === name && this.feedGate === gate;
    if (isSame && !isAnew) return;
    this.feed?.end();
    this.feed = undefined;
    this.feedGate = gate;
    this.view.clear();
    if (name !== undefined && gate !== undefined)
      this.feed = new StreamFeed(gate, name, Number(this.window.value), () => this.context.redraw());
    this.context.redraw();
  }
}

function addressOf(name: string): string {
  return `#/streams/${encodeURIComponent(name)}`;
}

/** The stream that the address names, as in `#/streams/SPX`. */
function chosenStream(): string | undefined {
  const [, name] = /^#\/streams\/(.+)$/.exec(location.hash) ?? [];
  if (name === undefined) return undefined;
  try {
    return decodeURIComponent(name);
  } catch {
    return name; // a percent sign that somebody typed
  }
}

function countText(sample: StreamsSample | undefined, shown: number, isFiltered: boolean): string {
  if (sample === undefined)
    return "The gateway has told of no streams yet. Enter opens the stream of the name above.";
  const { total, silent, left_out: leftOut } = sample;
  if (total === 0 && !isFiltered) return "There are no streams yet. A client opens one with the frame open.";
  const streams = `${total.toLocaleString("en-US")} ${total === 1 ? "stream" : "streams"}`;
  const all = shown === total ? streams : `${shown.toLocaleString("en-US")} of ${streams}`;
  const rest = leftOut > 0 ? "; filter by name, as it is written, to find the others" : "";
  return `${all}${silent > 0 ? `, ${silent.toLocaleString("en-US")} silent` : ""}${rest}.`;
}
