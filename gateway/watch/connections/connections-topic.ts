/** The topic `gateway.connections`: who is connected, and what each connection does. */

import type { Pieces } from "../../../engines/pieces.js";
import type { ConnectionSample, ConnectionsSample } from "../../../protocol/samples.js";
import { tableIntervalMs } from "../intervals.js";
import { type Collector, seesAll, type WatchedTopic } from "../watched-topic.js";
import { connectionsSchema } from "./connections-schema.js";

/** What a connection is and does. */
export type ConnectionFigures = Omit<ConnectionSample, "messages_per_second">;

/** A connection, of which only the busiest are asked for all their figures. */
export interface WatchedConnection {
  readonly tenant: string;
  readonly inFlight: number;
  figures(): ConnectionFigures;
}

export interface ConnectionsSources {
  /** The connections whose client has said hello. */
  readonly connections: () => Iterable<WatchedConnection>;
}

export const connectionsMax = 200;

export function connectionsTopic(sources: ConnectionsSources): WatchedTopic<"gateway.connections"> {
  return {
    name: "gateway.connections",
    description: "The WebSocket connections: their clients, requests in flight, subscriptions and bytes.",
    schema: connectionsSchema,
    scope: undefined,
    atOnce: true,
    shortestMs: tableIntervalMs,
    view(principal) {
      const tenant = seesAll(principal) ? undefined : principal.tenant;
      const key = tenant === undefined ? "gateway" : `tenant ${tenant}`;
      return { key, collector: () => new ConnectionsCollector(sources, tenant) };
    },
  };
}

class ConnectionsCollector implements Collector<ConnectionsSample> {
  /** The numbers of messages at the last sample, of the connections that it showed. */
  private before = new Map<string, number>();

  /** @param tenant whose connections are shown; undefined: those of all */
  constructor(
    private readonly sources: ConnectionsSources,
    private readonly tenant: string | undefined,
  ) {}

  *sample(elapsedMs: number): Pieces<ConnectionsSample> {
    const { tenant } = this;
    const own = [...this.sources.connections()].filter(
      (each) => tenant === undefined || each.tenant === tenant,
    );
    // The sort is stable: of connections with as many requests the oldest come first.
    const busiest = own
      .map((connection) => ({ connection, inFlight: connection.inFlight }))
      .sort((a, b) => b.inFlight - a.inFlight)
      .slice(0, connectionsMax);
    yield; // 10,000 connections are sorted in a millisecond or two
    const connections = busiest.map(({ connection }) => this.row(connection.figures(), elapsedMs));
    this.before = new Map(connections.map(({ id, messages }) => [id, messages]));
    return {
      scope: tenant === undefined ? "gateway" : "tenant",
      interval_ms: Math.round(elapsedMs),
      total: own.length,
      connections,
      left_out: own.length - connections.length,
    };
  }

  end(): void {}

  private row(figures: ConnectionFigures, elapsedMs: number): ConnectionSample {
    const before = this.before.get(figures.id);
    if (before === undefined || elapsedMs <= 0) return { ...figures, messages_per_second: null };
    const perSecond = ((figures.messages - before) * 1_000) / elapsedMs;
    return { ...figures, messages_per_second: Number(perSecond.toPrecision(5)) };
  }
}
