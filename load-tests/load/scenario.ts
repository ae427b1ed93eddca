/**
 * A scenario is a small JSON file that describes groups of clients: their requests, their rates and their duration.
 * One strict schema checks it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { z } from "zod";
import { unknownName } from "../../command-line/unknown-name.js";
import { inRepository } from "../harness/places.js";

const positive = z.number().positive();
const count = (most: number) => z.int().min(1).max(most);

const what = {
  model: z.string().min(1),
  /** The shape of the one input `X`, rows first. Its bytes differ at each request. */
  shape: z.array(z.int().min(1)).min(1).max(4),
  datatype: z.enum(["FP32", "FP64"]).default("FP32"),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
  timeout_ms: positive.max(600_000).default(30_000),
  priority: z.int().min(0).max(64).default(0),
};

const who = {
  name: z.string().min(1),
  sockets: count(20_000).default(1),
  /** The tenant that the requests count for, one of the scenario's tenants. */
  tenant: z.string().optional(),
  /** Whether the group's figures are part of the scenario's. Other groups only disturb the gateway. */
  measured: z.boolean().default(true),
};

const when = {
  /** Requests a second, in total over all sockets of the group. */
  rate: positive.max(1_000_000),
  /** `burst`: all requests of a period are due at its beginning. */
  arrivals: z.enum(["poisson", "even", "burst"]).default("poisson"),
  burst_period_ms: positive.default(1_000),
};

/** Requests are sent at their times whether earlier ones were answered or not. */
const open = z.strictObject({ kind: z.literal("open"), ...who, ...what, ...when });

/** As `open`, on sockets without the client library: every frame that arrives is compared with the requests. */
const witness = z.strictObject({ kind: z.literal("witness"), ...who, ...what, ...when });

/** A fixed number of lanes, each of which sends a request, waits for the answer, and sends the next one. */
const closed = z.strictObject({
  kind: z.literal("closed"),
  ...who,
  ...what,
  lanes: count(100_000).default(1),
});

/** Sends requests and never reads the answers. */
const deaf = z.strictObject({
  kind: z.literal("deaf"),
  ...who,
  ...what,
  asks: count(100_000).default(1_000),
});

/** Connects, sends one request, disconnects, and connects again. */
const churn = z.strictObject({ kind: z.literal("churn"), ...who, ...what });

/** A feed brings regime changes, and each of the sockets is subscribed to one of its streams. */
const fanout = z.strictObject({
  kind: z.literal("fanout"),
  ...who,
  streams: count(1_000).default(1),
  /** Changes a second, in total over all streams. */
  rate: positive.max(10_000),
  /** Milliseconds, counted from when the observation was due, after which an event is late. */
  timeout_ms: positive.max(600_000).default(30_000),
});

const scenarioSchema = z.strictObject({
  name: z.string().regex(/^[a-z-]+$/),
  about: z.string().min(1),
  seconds: positive.max(3_600).default(10),
  warmup_seconds: z.number().min(0).max(60).default(2),
  /** The seed of the arrival times. */
  seed: z.int().default(1),
  /** The tenants, each with its own key and this weight. Empty: the gateway needs no key. */
  tenants: z.record(z.string(), positive).default({}),
  /** Config fields that override those of the gateway started for this scenario. */
  config: z.record(z.string(), z.unknown()).default({}),
  /**
   * The period, in seconds, at which one of the gateway's worker threads is ended as a crash would end it. Only for a
   * gateway started for this scenario.
   */
  end_worker_every_seconds: z.number().min(0.1).max(3_600).optional(),
  groups: z
    .array(z.discriminatedUnion("kind", [open, witness, closed, deaf, churn, fanout]))
    .min(1)
    .max(64),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type Group = Scenario["groups"][number];
export type GroupOf<Kind extends Group["kind"]> = Extract<Group, { kind: Kind }>;
/** The groups that send requests to a model. */
export type AskingGroup = Exclude<Group, GroupOf<"fanout">>;

/** @throws Error naming the wrong field */
export function parseScenario(given: unknown, where: string): Scenario {
  const parsed = scenarioSchema.safeParse(given);
  if (!parsed.success) throw new Error(`${where}: ${z.prettifyError(parsed.error)}`);
  const { tenants, groups } = parsed.data;
  for (const { name, tenant } of groups)
    if (tenant !== undefined && !Object.hasOwn(tenants, tenant))
      throw new Error(
        `${where}: group ${name}: tenant ${tenant} is none of ${Object.keys(tenants).join(", ")}`,
      );
  return parsed.data;
}

const folder = inRepository("load-tests/scenarios/");

export function scenarioNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => file.slice(0, -".json".length))
    .sort();
}

/**
 * Reads a shipped scenario by its name, or a scenario file by its path.
 * @throws Error when there is neither
 */
export function readScenario(nameOrPath: string): Scenario {
  const path = nameOrPath.endsWith(".json") ? nameOrPath : `${folder}${nameOrPath}.json`;
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new Error(`${unknownName("scenario", nameOrPath, scenarioNames())}, or give a .json file`);
  }
  return parseScenario(JSON.parse(text), path);
}
