/** Settings for webhooks, which send events to receivers that cannot keep a socket open. */
import { z } from "zod";
import { name } from "./values.js";

const webhook = z.strictObject({
  name: name.describe("The webhook's name, under which its place in the topics is kept."),
  url: z.url({ protocol: /^https?$/ }).describe("The address that events are posted to."),
  namespace: name.default("default").describe("The namespace whose events are sent."),
  topics: z
    .array(
      z
        .string()
        .max(135)
        .regex(
          /^(regime|job|model)\../,
          "a topic such as regime.btc, regime.* for all streams, job.* for all trainings, model.* for all models",
        ),
    )
    .min(1)
    .max(1_000)
    .default(["regime.*"])
    .describe(
      "The topics whose events are sent: `regime.<stream>` or `regime.*`, `job.<job>` or `job.*`, `model.<name>` or `model.*`.",
    ),
  secret_env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "the name of an environment variable")
    .describe("The environment variable that holds the secret which signs each delivery."),
  since: z
    .enum(["now", "start"])
    .default("now")
    .describe("Where a new webhook begins: with the next event, or with the oldest that is kept."),
  timeout_ms: z
    .int()
    .min(100)
    .max(60_000)
    .default(10_000)
    .describe("Milliseconds in which the receiver must answer one delivery."),
  attempts: z
    .int()
    .min(1)
    .max(10_000)
    .default(300)
    .describe("Deliveries of one event before it is given up. With the longest wait, 300 take about a day."),
  retry_min_ms: z
    .int()
    .min(10)
    .max(60_000)
    .default(1_000)
    .describe(
      "Milliseconds to wait after the first failed delivery. The wait doubles with each further one.",
    ),
  retry_max_ms: z
    .int()
    .min(10)
    .max(3_600_000)
    .default(600_000)
    .describe("Milliseconds to wait after a failed delivery at most."),
});

export type WebhookConfig = z.infer<typeof webhook>;

export const webhooks = z
  .array(webhook)
  .max(64)
  .default([])
  .describe("Where events are sent to those who cannot hold a socket.");
