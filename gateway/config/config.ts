/** All settings of the gateway in one strict schema, with defaults and units; unknown keys are refused. */
import { z } from "zod";
import { auth, metrics, tenants } from "./access.js";
import { drain, heartbeat, limits } from "./connections.js";
import { datasets } from "./datasets.js";
import { engine, repository } from "./engine.js";
import { page } from "./page.js";
import { quotas } from "./quotas.js";
import { regimes } from "./regimes.js";
import { fits, scheduling } from "./scheduling.js";
import { tls } from "./tls.js";
import { trainedModels } from "./trained-models.js";
import { training } from "./training.js";
import { uploads } from "./uploads.js";
import { port } from "./values.js";
import { webhooks } from "./webhooks.js";

export const configSchema = z.strictObject({
  host: z.string().min(1).default("127.0.0.1").describe("The address to listen on."),
  port: port.default(8470).describe("The port to listen on. With 0 the system chooses one."),
  public_url: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      "The address under which clients reach the gateway, where that differs from what it listens on: behind a proxy, for example. Its host and its origin are allowed.",
    ),
  models: z.string().min(1).default("models").describe("The folder of the model repository."),
  data: z
    .string()
    .min(1)
    .default("data")
    .describe("The folder where the gateway keeps what must survive it."),
  log_level: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("The least severe level that is logged."),
  tls,
  auth,
  tenants,
  quotas,
  engine,
  repository,
  scheduling,
  fits,
  datasets,
  training,
  trained_models: trainedModels,
  uploads,
  regimes,
  metrics,
  page,
  webhooks,
  limits,
  heartbeat,
  drain,
});

export type Config = z.infer<typeof configSchema>;
