/** The tenants of the last minute: who is loud. */
import { amount, bytes, duration } from "../numbers/format.js";
import type { TableOptions } from "../table/sortable-table.js";
import type { TenantActivity } from "./recent-rows.js";

export const tenantTable: TableOptions<TenantActivity> = {
  title: "Tenants, last minute",
  order: { column: "requests", descending: true },
  key: ({ name }) => name,
  empty: "No tenant sent a request in the last minute.",
  columns: [
    { id: "name", isText: true, title: "Tenant", value: ({ name }) => name, text: ({ name }) => name },
    {
      id: "requests",
      title: "Requests/s",
      value: ({ requests }) => requests,
      text: ({ requests }) => amount(requests),
    },
    {
      id: "inferences",
      title: "Inferences/s",
      hint: "Rows that were computed for it, a second.",
      value: ({ inferences }) => inferences,
      text: ({ inferences }) => amount(inferences),
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
      id: "bytes",
      title: "Received",
      hint: "Bytes of its requests, a second.",
      value: ({ bytes: received }) => received,
      text: ({ bytes: received }) => `${bytes(received)}/s`,
    },
    { id: "p50", title: "p50", value: ({ p50 }) => p50, text: ({ p50 }) => duration(p50) },
    {
      id: "p99",
      title: "p99",
      hint: "The worst 99th percentile of a second within the last minute.",
      value: ({ p99 }) => p99,
      text: ({ p99 }) => duration(p99),
    },
    { id: "errors", title: "Errors/s", value: ({ errors }) => errors, text: ({ errors }) => amount(errors) },
    {
      id: "inFlight",
      title: "In flight",
      value: ({ inFlight }) => inFlight,
      text: ({ inFlight }) => amount(inFlight),
    },
    {
      id: "waiting",
      title: "Waiting",
      value: ({ waiting }) => waiting,
      text: ({ waiting }) => amount(waiting),
    },
  ],
};
