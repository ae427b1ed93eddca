/** The models of the last minute: who is slow. */
import { amount, duration, none } from "../numbers/format.js";
import type { TableOptions } from "../table/sortable-table.js";
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
    {
      id: "requests",
      title: "Requests/s",
      value: ({ requests }) => requests,
      text: ({ requests }) => amount(requests),
    },
    {
      id: "inferences",
      title: "Inferences/s",
      hint: "Rows that were computed, a second.",
      value: ({ inferences }) => inferences,
      text: ({ inferences }) => amount(inferences),
    },
    { id: "p50", title: "p50", value: ({ p50 }) => p50, text: ({ p50 }) => duration(p50) },
    {
      id: "p99",
      title: "p99",
      hint: "The worst 99th percentile of a second within the last minute.",
      value: ({ p99 }) => p99,
      text: ({ p99 }) => duration(p99),
    },
    {
      id: "compute",
      title: "Compute",
      hint: "Milliseconds of computing a second. 1,000 ms is one worker that does nothing else.",
      value: ({ compute }) => compute,
      text: ({ compute }) => `${amount(compute)} ms/s`,
      share: ({ compute }) => compute / 1_000,
    },
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
    { id: "errors", title: "Errors/s", value: ({ errors }) => errors, text: ({ errors }) => amount(errors) },
  ],
};
