/** Everything that a session needs, without sockets, threads or waiting: the test controls time and compute. */

import type { Servable, Signature } from "../../engines/servable.js";
import { OriginRule } from "../../gateway/auth/origin-rule.js";
import type { Principal } from "../../gateway/auth/principal.js";
import type { Catalog } from "../../gateway/catalog/catalog.js";
import type { Datasets } from "../../gateway/datasets/datasets.js";
import { TopicOwners } from "../../gateway/events/topic-owner.js";
import type { ConnectionRefusal } from "../../gateway/faces/websocket/connection-refusal.js";
import { FlushScheduler } from "../../gateway/faces/websocket/flush-scheduler.js";
import type { Services } from "../../gateway/faces/websocket/services.js";
import { Session } from "../../gateway/faces/websocket/session.js";
import { LogLimit } from "../../gateway/observe/log-limit.js";
import type { TrafficTap } from "../../gateway/observe/traffic.js";
import type { QuotaLedger } from "../../gateway/quotas/quota-ledger.js";
import type { Journal } from "../../gateway/regimes/journal.js";
import { regimeTopics } from "../../gateway/regimes/regime-topics.js";
import type { RegimeStreams } from "../../gateway/regimes/streams.js";
import type { Scheduler } from "../../gateway/scheduling/scheduler.js";
import { TurnBudget } from "../../gateway/turn-budget.js";
import { openAuthentication } from "../../gateway/wiring/authentication.js";
import { openWatches } from "../../gateway/wiring/watch.js";
import type { ClientFrame, GatewayFrame } from "../../protocol/frames.js";
import type { FakeClock } from "./clock.js";
import type { ScriptedEngine } from "./engine.js";
import { anybody, testRequests } from "./requests.js";
import type { testTraining } from "./training.js";
import { codec, messageOf, ScriptedTransport } from "./transport.js";

export interface TestHouse {
  readonly house: Services;
  readonly clock: FakeClock;
  readonly engine: ScriptedEngine;
  readonly scheduler: Scheduler;
  readonly journal: Journal;
  readonly streams: RegimeStreams;
  readonly catalog: Catalog;
  readonly traffic: TrafficTap;
  /** The sessions of this house, for whoever watches the connections. */
  readonly sessions: Session[];
  readonly datasets: Datasets;
  readonly training: ReturnType<typeof testTraining>;
  readonly quotas: QuotaLedger;
}

export function testHouse(
  overrides: Record<string, unknown> = {},
  servables?: readonly Servable[],
  trainers?: readonly Signature[],
): TestHouse {
  const test = testRequests(overrides, servables, undefined, undefined, undefined, trainers);
  const { config, clock, engine, scheduler, journal, hub, turns, streams, metrics, quotas, requests, log } =
    test;
  const { traffic, catalog, datasets, training } = test;
  const sessions: Session[] = [];
  const logLimit = new LogLimit(clock);
  const authenticators = openAuthentication({ config, clock, log, logLimit, metrics });
  const house: Services = {
    turns,
    intake: new TurnBudget(clock),
    flushes: new FlushScheduler(new TurnBudget(clock)),
    server: "headgate/test",
    config,
    clock,
    log,
    logLimit,
    metrics,
    authenticators,
    origins: new OriginRule({ bound: config.host, allowedOrigins: [], allowedHosts: [] }),
    quotas,
    requests,
    hub,
    topics: new TopicOwners().add("regime", regimeTopics(streams)),
    watches: openWatches(
      { config, clock, turns, traffic, metrics, log, logLimit },
      {
        scheduler,
        requests,
        ready: () => true,
        workers: () => [],
        connections: () => sessions.flatMap(({ watched }) => watched ?? []),
        catalog,
        streams,
      },
    ),
  };
  return {
    house,
    clock,
    engine,
    scheduler,
    journal,
    streams,
    catalog,
    traffic,
    sessions,
    datasets,
    training,
    quotas,
  };
}

export interface TestSession {
  readonly session: Session;
  readonly transport: ScriptedTransport;
  /** Sends the frames as one message and waits until everything that can settle has settled. */
  send(...frames: ClientFrame[]): Promise<void>;
  /** The frames sent to the client since the previous call. */
  heard(): GatewayFrame[];
}

export function testSession(
  { house, clock, sessions }: TestHouse,
  principal: Principal | null = anybody,
  subprotocol?: string,
  promote: (principal: Principal) => ConnectionRefusal | undefined = () => undefined,
): TestSession {
  const transport = new ScriptedTransport(codec(subprotocol));
  const id = `c-${sessions.length + 1}`;
  const place = { keep: () => () => {}, promote };
  const session = new Session(id, house, transport.codec, transport, principal ?? undefined, place);
  sessions.push(session);
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
