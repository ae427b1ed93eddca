/** The models of the last minute: who is slow. */
import { amount, none } from "../numbers/format.js";
import type { TableOptions } from "../table/sortable-table.js";
import {
  computeColumn,
  errorsColumn,
  medianColumn,
  requestsColumn,
  worstColumn,
} from "./activity-columns.js";
import type { ModelActivity } from "./recent-rows.js";

export const modelTable: TableOptions<ModelActivity> = {
  title: "Models, last minute",
  order: { column: "p99", descending: true },
  key: ({ name, version }) => `${name} ${version}`,
  empty: "No model was asked in the last minute.",
  columns: [
    { id: "name", isText: true, title: "Model", value: ({ name }) => name, text: ({ name }) => name },
    {
      id: "version",
      isText: true,
      title: "Version",
      value: ({ version }) => version,
      text: ({ version }) => version,
    },
    requestsColumn,
    {
      id: "inferences",
      title: "Inferences/s",
      hint: "Rows that were computed, a second.",
      value: ({ inferences }) => inferences,
      text: ({ inferences }) => amount(inferences),
    },
    medianColumn,
    worstColumn,
    computeColumn,
    {
      id: "batch",
      title: "Batch",
      hint: "Mean rows of a batch, and the most.",
      value: ({ batchRows }) => batchRows,
      text: ({ batchRows, batchRowsMax }) =>
        batchRows === null ? none : `${amount(batchRows)} (max ${amount(batchRowsMax)})`,
    },
    {
      id: "waiting",
      title: "Queue",
      value: ({ waiting }) => waiting,
      text: ({ waiting }) => amount(waiting),
    },
    errorsColumn,
  ],
};
