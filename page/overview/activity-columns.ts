/** The columns that the tables of tenants and of models share. */
import { amount, duration } from "../numbers/format.js";
import type { Column } from "../table/sort.js";
import type { ActivityRow } from "./recent-rows.js";

type ActivityColumn = Column<ActivityRow>;

export const requestsColumn: ActivityColumn = {
  id: "requests",
  title: "Requests/s",
  value: ({ requests }) => requests,
  text: ({ requests }) => amount(requests),
};

export const medianColumn: ActivityColumn = {
  id: "p50",
  title: "p50",
  value: ({ p50 }) => p50,
  text: ({ p50 }) => duration(p50),
};

export const worstColumn: ActivityColumn = {
  id: "p99",
  title: "p99",
  hint: "The worst 99th percentile of a second within the last minute.",
  value: ({ p99 }) => p99,
  text: ({ p99 }) => duration(p99),
};

export const computeColumn: ActivityColumn = {
  id: "compute",
  title: "Compute",
  hint: "Milliseconds of computing a second. 1,000 ms is one worker that does nothing else.",
  value: ({ compute }) => compute,
  text: ({ compute }) => `${amount(compute)} ms/s`,
  share: ({ compute }) => compute / 1_000,
};

export const errorsColumn: ActivityColumn = {
  id: "errors",
  title: "Errors/s",
  value: ({ errors }) => errors,
  text: ({ errors }) => amount(errors),
};
