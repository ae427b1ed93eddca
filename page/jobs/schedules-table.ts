/** The table of schedules: when each falls due, and what became of its last candidate. */
import { SortableTable } from "../table/sortable-table.js";
import type { ScheduleRow } from "./schedule-rows.js";

type TextField = "schedule" | "model" | "trigger" | "last" | "error";

export function schedulesTable(): SortableTable<ScheduleRow> {
  const text = (id: TextField, title: string) => ({
    id,
    title,
    isText: true,
    value: (row: ScheduleRow) => row[id],
    text: (row: ScheduleRow) => row[id],
  });
  return new SortableTable<ScheduleRow>({
    title: "Schedules",
    order: { column: "schedule", descending: false },
    key: ({ schedule }) => schedule,
    empty: "There are no schedules yet. A client puts one with the frame schedule.",
    columns: [
      text("schedule", "Schedule"),
      text("model", "Model"),
      text("trigger", "Trigger"),
      { id: "next", title: "Next", value: ({ nextTs }) => nextTs, text: ({ next }) => next },
      text("last", "Last decision"),
      text("error", "Last error"),
    ],
  });
}
