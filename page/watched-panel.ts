/** A panel that shows the newest sample of one topic, and watches it only while it is chosen. */
import { element, setText } from "./element.js";
import type { PanelContext, PanelView } from "./panel.js";
import type { SampleMoment, SampleOfTopic, WatchTopic } from "./samples.js";

export abstract class WatchedPanel<T extends WatchTopic> implements PanelView {
  /** Where the figures are shown, once there are any. */
  protected readonly place: HTMLElement;
  private endWatch: (() => void) | undefined;
  private newest: { readonly sample: SampleOfTopic[T]; readonly moment: SampleMoment } | undefined;
  /** What stands in the place of the figures: that none came yet, or why none will come. */
  private readonly problem = element(
    "p",
    { class: "hint", role: "status" },
    "Waiting for the first figures.",
  );

  constructor(
    private readonly topic: T,
    title: string,
    place: HTMLElement,
    protected readonly context: PanelContext,
  ) {
    this.place = element("div", { class: "stack", hidden: true });
    place.append(element("div", { class: "panel-head" }, element("h2", {}, title)), this.problem, this.place);
  }

  /** Writes a sample into the panel's elements. */
  protected abstract write(sample: SampleOfTopic[T], moment: SampleMoment): void;

  show(): void {
    this.endWatch = this.context.source.watch(
      this.topic,
      (sample, moment) => {
        this.newest = { sample, moment };
        setText(this.problem, "");
        this.context.redraw();
      },
      {
        onEnd: ({ message }) => {
          this.newest = undefined;
          this.place.hidden = true;
          setText(this.problem, `These figures are not to be had: ${message}`);
        },
      },
    );
  }

  hide(): void {
    this.endWatch?.();
    this.endWatch = undefined;
  }

  draw(): void {
    if (this.newest === undefined) return;
    this.place.hidden = false;
    this.write(this.newest.sample, this.newest.moment);
  }
}
