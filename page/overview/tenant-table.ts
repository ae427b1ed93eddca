/** The tenants of the last minute: who is loud. */
import { amount, bytes } from "../numbers/format.js";
import type { TableOptions } from "../table/sortable-table.js";
import {
  computeColumn,
  errorsColumn,
  medianColumn,
  requestsColumn,
  worstColumn,
} from "./activity-columns.js";
import type { TenantActivity } from "./recent-rows.js";

export const tenantTable: TableOptions<TenantActivity> = {
  title: "Tenants, last minute",
  order: { column: "requests", descending: true },
  key: ({ name }) => name,
  empty: "No tenant sent a request in the last minute.",
  columns: [
    { id: "name", isText: true, title: "Tenant", value: ({ name }) => name, text: ({ name }) => name },
    requestsColumn,
    {
      id: "inferences",
      title: "Inferences/s",
      hint: "Rows that were computed for it, a second.",
      value: ({ inferences }) => inferences,
      text: ({ inferences }) => amount(inferences),
    },
    computeColumn,
    {
      id: "bytes",
      title: "Received",
      hint: "Bytes of its requests, a second.",
      value: ({ bytes: received }) => received,
      text: ({ bytes: received }) => `${bytes(received)}/s`,
    },
    medianColumn,
    worstColumn,
    errorsColumn,
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
