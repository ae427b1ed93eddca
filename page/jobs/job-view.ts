/** One training: what is known of it, its curve and its log, and a button that cancels it. */
import type { JobState } from "../../protocol/train-frames.js";
import { element, setText } from "../element.js";
import { CurveChart } from "./curve-chart.js";
import { jobFacts, jobRow } from "./job-rows.js";
import type { JobDetail } from "./jobs-feed.js";
import { learningCurve } from "./learning-curve.js";

export class JobView {
  private readonly title = element("h2");
  private readonly state = element("span", { class: "state" });
  private readonly bar = element("progress", { max: 1, "aria-label": "Share of the fit that is done" });
  private readonly progress = element("p", { class: "hint", role: "status" });
  private readonly problem = element("p", { class: "problem" });
  private readonly facts = element("dl", { class: "job-facts" });
  private readonly cancel = element("button", { type: "button" }, "Cancel");
  private readonly chart = new CurveChart();
  private readonly log = element("pre", { tabindex: 0, "aria-label": "Log" });
  private readonly logBox = element(
    "section",
    { class: "box job-log" },
    element("div", { class: "box-head" }, element("h3", {}, "Log")),
    this.log,
  );
  private job: string | undefined;
  private written = "";
  readonly root: HTMLElement;

  constructor(cancel: (job: string) => void) {
    this.root = element(
      "div",
      { class: "job-view stack" },
      element("header", {}, this.title, this.state, this.cancel),
      this.bar,
      this.progress,
      this.problem,
      this.facts,
      this.chart.root,
      this.logBox,
    );
    this.cancel.addEventListener("click", () => {
      if (this.job === undefined) return;
      this.cancel.disabled = true;
      cancel(this.job);
    });
  }

  show(state: JobState, detail: JobDetail | undefined, now: number): void {
    const row = jobRow(state, now);
    if (this.job !== state.job) this.cancel.disabled = false;
    this.job = state.job;
    setText(this.title, state.label ?? state.job);
    setText(this.state, row.state);
    this.state.dataset["tone"] = row.tone;
    this.bar.hidden = state.state !== "running";
    if (row.share === null) this.bar.removeAttribute("value");
    else this.bar.value = row.share;
    setText(this.progress, row.progress);
    setText(this.problem, state.error === null ? "" : `${state.error.code}: ${state.error.message}`);
    this.cancel.hidden = !row.isRunning;
    this.writeFacts(state);
    this.chart.show(learningCurve(detail?.curve ?? []));
    this.logBox.hidden = (detail?.log.length ?? 0) === 0;
    setText(this.log, detail?.log.join("\n") ?? "");
  }

  private writeFacts(state: JobState): void {
    const facts = jobFacts(state);
    const text = JSON.stringify(facts);
    if (text === this.written) return;
    this.written = text;
    this.facts.replaceChildren(
      ...facts.flatMap(({ name, value }) => [element("dt", {}, name), element("dd", {}, value)]),
    );
  }
}
