/** Everything a session needs, without sockets, threads or waiting: time and compute are the test's. */
import { pino } from "pino";
import type { Servable } from "../../engines/servable.js";
import { Keys, type Principal } from "../../gateway/auth/keys.js";
import { Catalog } from "../../gateway/catalog/catalog.js";
import { type Config, parseConfig } from "../../gateway/config.js";
import { Hub } from "../../gateway/events/hub.js";
import { TopicOwners } from "../../gateway/events/topic-owner.js";
import type { House } from "../../gateway/faces/websocket/house.js";
import { Session } from "../../gateway/faces/websocket/session.js";
import { Keeping } from "../../gateway/fits/keeping.js";
import { KeptFits } from "../../gateway/fits/kept-fits.js";
import { Idempotency } from "../../gateway/idempotency/idempotency.js";
import { MemoryAnswers } from "../../gateway/idempotency/memory-answers.js";
import { LogLimit } from "../../gateway/observe/log-limit.js";
import { Metrics } from "../../gateway/observe/metrics.js";
import { MemoryLog } from "../../gateway/regimes/journal/memory-log.js";
import { regimeTopics } from "../../gateway/regimes/regime-topics.js";
import { Streams } from "../../gateway/regimes/streams.js";
import { Descriptions } from "../../gateway/requests/descriptions.js";
import { Inference } from "../../gateway/requests/inference.js";
import { publicText } from "../../gateway/requests/public-text.js";
import type { Answer } from "../../gateway/scheduling/request.js";
import { Scheduler } from "../../gateway/scheduling/scheduler.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import { FakeClock } from "./clock.js";
import { openly } from "./detectors.js";
import { ScriptedEngine } from "./engine.js";
import { noModels } from "./models.js";
import { fitting, model } from "./servables.js";
import { codec, messageOf, ScriptedTransport } from "./transport.js";

export interface TestHouse {
  readonly house: House;
  readonly clock: FakeClock;
  readonly engine: ScriptedEngine;
  readonly scheduler: Scheduler;
}

export const anybody: Principal = {
  tenant: "desk",
  namespace: "default",
  weight: 1,
  expiresAt: Number.POSITIVE_INFINITY,
};

export function testHouse(
  overrides: Record<string, unknown> = {},
  servables: readonly Servable[] = [model(), fitting()],
): TestHouse {
  const config: Config = parseConfig({ log_level: "silent", ...overrides });
  const clock = new FakeClock();
  const engine = new ScriptedEngine(1, () => clock.now());
  const catalog = new Catalog();
  for (const servable of servables) catalog.set(servable, { kind: "ready" });
  const scheduler = new Scheduler(engine, clock, { batch: () => {}, failed: () => {} });
  engine.idle = scheduler.schedule;
  const { topic_events, event_age_ms, streams, stream_expiry_ms } = config.regimes;
  const log = new MemoryLog(clock, { countMax: topic_events, ageMaxMs: event_age_ms });
  const hub = new Hub(log, () => {});
  const turns = new TurnBudget(clock);
  const regimes = new Streams({
    detectors: [openly],
    journal: log,
    clock,
    countMax: streams,
    expiryMs: stream_expiry_ms,
    fit: async () => undefined,
    turns,
    models: noModels,
    tell: hub.tell,
  });
  const house: House = {
    turns,
    intake: new TurnBudget(clock),
    server: "headgate/test",
    config,
    clock,
    log: pino({ level: "silent" }),
    logLimit: new LogLimit(clock),
    publicText: publicText(config),
    metrics: new Metrics({
      sockets: { connections: () => 0, unauthenticated: () => 0, http: () => 0 },
      subscriptions: () => hub.subscriptions,
      streams: () => 0,
      ready: () => true,
      pending: () => 0,
    }),
    keys: new Keys(config),
    catalog,
    descriptions: new Descriptions(catalog, [openly], () => null, publicText(config)),
    inference: new Inference(
      catalog,
      scheduler,
      new Idempotency<Answer>(
        new MemoryAnswers(clock, { countMax: 100, bytesMax: 1e9, ageMaxMs: 60_000 }, () => 1),
        () => {},
      ),
      new Keeping(
        new KeptFits(clock, { countMax: 100, bytesMax: 1_000_000 }),
        servables.map(({ signature }) => signature),
      ),
      clock,
    ),
    streams: regimes,
    hub,
    topics: new TopicOwners({ regime: regimeTopics(regimes) }),
    journal: log,
  };
  return { house, clock, engine, scheduler };
}

export interface TestSession {
  readonly session: Session;
  readonly transport: ScriptedTransport;
  /** Sends the frames as one message and lets everything settle that can. */
  send(...frames: ClientFrame[]): Promise<void>;
  /** What the client was sent since this was asked last. */
  heard(): GatewayFrame[];
}

export function testSession(
  { house, clock }: TestHouse,
  principal: Principal | null = anybody,
  subprotocol?: string,
  enter?: (principal: Principal) => boolean,
): TestSession {
  const transport = new ScriptedTransport(codec(subprotocol));
  const session = new Session("c-1", house, transport.codec, transport, principal ?? undefined, enter);
  let heard = 0;
  return {
    session,
    transport,
    async send(...frames) {
      session.receive(messageOf(transport.codec, frames));
      await clock.settle();
    },
    heard() {
      const frames = transport.frames.slice(heard);
      heard += frames.length;
      return frames;
    },
  };
}

export const hello: ClientFrame = { type: "hello", client: "test/1" };
