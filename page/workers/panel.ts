/** The panel "Workers": how busy each lane and each worker is. */
import { amount, bytes, percent } from "../numbers/format.js";
import type { Panel, PanelContext } from "../panel.js";
import type { LaneSample, WorkerSample, WorkersSample } from "../samples.js";
import { SortableTable } from "../table/sortable-table.js";
import { WatchedPanel } from "../watched-panel.js";

export const workersPanel: Panel = {
  id: "workers",
  title: "Workers",
  mount: (place, context) => new WorkersView(place, context),
};

class WorkersView extends WatchedPanel<"gateway.workers"> {
  private readonly lanes = new SortableTable<LaneSample>({
    title: "Lanes",
    order: { column: "lane", descending: false },
    key: ({ lane }) => lane,
    empty: "No lane has workers.",
    columns: [
      { id: "lane", isText: true, title: "Lane", value: ({ lane }) => lane, text: ({ lane }) => lane },
      {
        id: "busy",
        title: "Busy",
        hint: "The share of its workers' time in which they computed.",
        value: ({ busy }) => busy,
        text: ({ busy }) => percent(busy),
        share: ({ busy }) => busy,
      },
      {
        id: "workers",
        title: "Workers",
        value: ({ workers }) => workers,
        text: ({ workers }) => amount(workers),
      },
      { id: "queue", title: "Queue", value: ({ queue }) => queue, text: ({ queue }) => amount(queue) },
    ],
  });
  private readonly workers = new SortableTable<WorkerSample>({
    title: "Each worker",
    order: { column: "name", descending: false },
    key: ({ name, lane }) => `${name} ${lane}`,
    empty: "There are no workers.",
    columns: [
      { id: "name", isText: true, title: "Worker", value: ({ name }) => name, text: ({ name }) => name },
      { id: "lane", isText: true, title: "Lane", value: ({ lane }) => lane, text: ({ lane }) => lane },
      { id: "state", isText: true, title: "State", value: ({ state }) => state, text: ({ state }) => state },
      {
        id: "busy",
        title: "Busy",
        hint: "The share of its time in which it computed.",
        value: ({ busy }) => busy,
        text: ({ busy }) => percent(busy),
        share: ({ busy }) => busy,
      },
      {
        id: "jobs",
        title: "Jobs",
        hint: "Jobs that it ended since the last sample.",
        value: ({ jobs }) => jobs,
        text: ({ jobs }) => amount(jobs),
      },
      {
        id: "running",
        title: "Running",
        value: ({ running }) => running,
        text: ({ running }) => amount(running),
      },
      {
        id: "restarts",
        title: "Restarts",
        value: ({ restarts }) => restarts,
        text: ({ restarts }) => amount(restarts),
      },
      { id: "models", title: "Models", value: ({ models }) => models, text: ({ models }) => amount(models) },
      {
        id: "memory",
        title: "Model memory",
        value: ({ model_bytes }) => model_bytes,
        text: ({ model_bytes }) => bytes(model_bytes),
      },
      {
        id: "backend",
        isText: true,
        title: "Backend",
        value: ({ backend }) => backend ?? "",
        text: ({ backend }) => backend ?? "–",
      },
    ],
  });

  constructor(place: HTMLElement, context: PanelContext) {
    super("gateway.workers", "Workers", place, context);
    this.place.append(this.lanes.root, this.workers.root);
  }

  protected write({ lanes, workers }: WorkersSample): void {
    this.lanes.show(lanes);
    this.workers.show(workers);
  }
}
