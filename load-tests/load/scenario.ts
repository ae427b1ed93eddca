/** A scenario is a small JSON file: who asks what, how often, for how long. One strict schema. */
import { readdirSync, readFileSync } from "node:fs";
import { z } from "zod";
import { unknownName } from "../../command-line/unknown-name.js";
import { inRepository } from "../harness/places.js";

const positive = z.number().positive();
const count = (most: number) => z.int().min(1).max(most);

const what = {
  model: z.string().min(1),
  /** Shape of the one input `X`, rows first. Other bytes at each request. */
  shape: z.array(z.int().min(1)).min(1).max(4),
  datatype: z.enum(["FP32", "FP64"]).default("FP32"),
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
  timeout_ms: positive.max(600_000).default(30_000),
  priority: z.int().min(0).max(64).default(0),
};

const who = {
  name: z.string().min(1),
  sockets: count(20_000).default(1),
  /** Whose requests they count as: one of the scenario's tenants. */
  tenant: z.string().optional(),
  /** Its figures are those of the scenario; others are there to disturb. */
  measured: z.boolean().default(true),
};

const when = {
  /** Requests a second, over all its sockets. */
  rate: positive.max(1_000_000),
  /** `burst`: all of a period's requests at its beginning. */
  arrivals: z.enum(["poisson", "even", "burst"]).default("poisson"),
  burst_period_ms: positive.default(1_000),
};

/** Requests come at their times whether the ones before were answered or not. */
const open = z.strictObject({ kind: z.literal("open"), ...who, ...what, ...when });

/** The same on sockets without a client, whose every frame is held against what was asked. */
const witness = z.strictObject({ kind: z.literal("witness"), ...who, ...what, ...when });

/** So many ask, wait for the answer, and ask again. */
const closed = z.strictObject({
  kind: z.literal("closed"),
  ...who,
  ...what,
  lanes: count(100_000).default(1),
});

/** Asks and never reads. */
const deaf = z.strictObject({
  kind: z.literal("deaf"),
  ...who,
  ...what,
  asks: count(100_000).default(1_000),
});

/** Connects, asks once, leaves, and comes again. */
const churn = z.strictObject({ kind: z.literal("churn"), ...who, ...what });

/** A feed brings changes, and each of the sockets listens to one of its streams. */
const fanout = z.strictObject({
  kind: z.literal("fanout"),
  ...who,
  streams: count(1_000).default(1),
  /** Changes a second, over all streams. */
  rate: positive.max(10_000),
  /** Milliseconds from when its observation was due, after which an event is late. */
  timeout_ms: positive.max(600_000).default(30_000),
});

const scenarioSchema = z.strictObject({
  name: z.string().regex(/^[a-z-]+$/),
  about: z.string().min(1),
  seconds: positive.max(3_600).default(10),
  warmup_seconds: z.number().min(0).max(60).default(2),
  /** Seeds the arrivals. */
  seed: z.int().default(1),
  /** Tenants with keys of their own and their weights; none: anybody. */
  tenants: z.record(z.string(), positive).default({}),
  /** Laid over the config of the gateway that is started for it. */
  config: z.record(z.string(), z.unknown()).default({}),
  /** Ends one of the gateway's worker threads so often, as a crash would; only of a gateway started for it. */
  end_worker_every_seconds: z.number().min(0.1).max(3_600).optional(),
  groups: z
    .array(z.discriminatedUnion("kind", [open, witness, closed, deaf, churn, fanout]))
    .min(1)
    .max(64),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type Group = Scenario["groups"][number];
export type GroupOf<Kind extends Group["kind"]> = Extract<Group, { kind: Kind }>;
/** Groups that ask a model. */
export type AskingGroup = Exclude<Group, GroupOf<"fanout">>;

/** @throws Error naming the field */
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

/** One that ships, by its name, or a file. @throws Error when it is neither */
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
