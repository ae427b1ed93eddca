/** The panel "Trainings": the jobs of the namespace, and one of them as it goes on. */
import "./jobs.css";
import type { Gate } from "../../client/typescript/gate.js";
import { element, setText } from "../element.js";
import type { Panel, PanelContext, PanelView } from "../panel.js";
import { SortableTable } from "../table/sortable-table.js";
import { type JobRow, jobRow } from "./job-rows.js";
import { JobView } from "./job-view.js";
import { JobsFeed } from "./jobs-feed.js";
import { scheduleRow } from "./schedule-rows.js";
import { SchedulesFeed } from "./schedules-feed.js";
import { schedulesTable } from "./schedules-table.js";

export const jobsPanel: Panel = {
  id: "trainings",
  title: "Trainings",
  mount: (place, context) => new JobsView(place, context),
};

class JobsView implements PanelView {
  private feed: JobsFeed | undefined;
  private schedules: SchedulesFeed | undefined;
  private feedGate: Gate | undefined;
  private isShown = false;
  private readonly count = element("p", { class: "hint", role: "status" });
  private readonly view: JobView;
  private readonly choice = element("select", { id: "job-choice" });
  private readonly choiceLine = element(
    "div",
    { class: "stream-filter" },
    element("label", { for: "job-choice" }, "Show"),
    this.choice,
  );
  private choices = "";
  private readonly schedulesTable = schedulesTable();
  private readonly table = new SortableTable<JobRow>({
    title: "Jobs",
    order: { column: "place", descending: false },
    key: ({ job, label, trainer }) => `${label} ${trainer} ${job}`,
    empty: "There are no trainings yet. A client begins one with the frame train.",
    columns: [
      { id: "job", isText: true, title: "Job", value: ({ job }) => job, text: ({ job }) => job },
      {
        id: "trainer",
        isText: true,
        title: "Trainer",
        value: ({ trainer }) => trainer,
        text: ({ trainer }) => trainer,
      },
      { id: "label", isText: true, title: "Label", value: ({ label }) => label, text: ({ label }) => label },
      { id: "state", isText: true, title: "State", value: ({ state }) => state, text: ({ state }) => state },
      {
        id: "progress",
        title: "Progress",
        value: ({ share }) => share ?? -1,
        text: ({ progress }) => progress,
        share: ({ share }) => share ?? 0,
      },
    ],
  });

  constructor(
    place: HTMLElement,
    private readonly context: PanelContext,
  ) {
    this.view = new JobView((job) => void this.cancel(job));
    this.view.root.hidden = true;
    const head = element("div", { class: "panel-head" }, element("h2", {}, "Trainings"));
    place.append(
      head,
      this.count,
      element(
        "div",
        { class: "stack" },
        this.table.root,
        this.schedulesTable.root,
        this.choiceLine,
        this.view.root,
      ),
    );
    this.choice.addEventListener("change", () => {
      location.hash = `#/trainings/${encodeURIComponent(this.choice.value)}`;
    });
    window.addEventListener("hashchange", () => this.isShown && context.redraw());
    context.onConnection(() => this.isShown && this.follow());
  }

  show(): void {
    this.isShown = true;
    this.follow();
  }

  hide(): void {
    this.isShown = false;
    this.feed?.end();
    this.feed = undefined;
    this.schedules?.end();
    this.schedules = undefined;
  }

  draw(): void {
    const { feed } = this;
    if (feed === undefined) return;
    const states = feed.jobs;
    this.table.root.hidden = states === undefined;
    setText(this.count, feed.problem === undefined ? "" : `Trainings are not to be had: ${feed.problem}`);
    const now = this.context.now();
    const rows = (states ?? []).map((state) => jobRow(state, now));
    this.table.show(rows);
    const schedules = this.schedules?.schedules ?? [];
    this.schedulesTable.root.hidden = schedules.length === 0;
    this.schedulesTable.show(schedules.map((state) => scheduleRow(state, now)));
    this.writeChoices(rows);
    const wanted = chosenJob() ?? states?.[0]?.job;
    const chosen = states?.find(({ job }) => job === wanted);
    feed.choose(chosen?.job);
    this.view.root.hidden = chosen === undefined;
    if (chosen === undefined) return;
    this.choice.value = chosen.job;
    this.view.show(chosen, feed.detail, now);
  }

  private follow(): void {
    const gate = this.context.gate();
    if (this.feed !== undefined && this.feedGate === gate) return;
    this.feed?.end();
    this.schedules?.end();
    this.feedGate = gate;
    this.feed = gate === undefined ? undefined : new JobsFeed(gate, () => this.context.redraw());
    this.schedules = gate === undefined ? undefined : new SchedulesFeed(gate, () => this.context.redraw());
    this.context.redraw();
  }

  private writeChoices(rows: readonly JobRow[]): void {
    this.choiceLine.hidden = rows.length === 0;
    const text = JSON.stringify(rows.map(({ job }) => job));
    if (text === this.choices) return;
    this.choices = text;
    this.choice.replaceChildren(
      ...rows.map(({ job, label, trainer }) =>
        element("option", { value: job }, `${label || trainer} (${job})`),
      ),
    );
  }

  private async cancel(job: string): Promise<void> {
    try {
      await this.feed?.cancel(job);
      this.context.announce(`The training ${job} was cancelled.`);
    } catch (error) {
      this.context.announce(
        `The training was not cancelled: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
}

/** The job that the address names, as in `#/trainings/0m4k`. */
function chosenJob(): string | undefined {
  const [, name] = /^#\/trainings\/([\w-]+)$/.exec(location.hash) ?? [];
  return name;
}
