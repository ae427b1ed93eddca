/** Metrics of sockets, from their first byte to their end. */
import { Counter, Gauge, type Registry } from "prom-client";

export interface SocketReadings {
  /** WebSockets with an accepted token, including those that are closing. */
  readonly connections: () => number;
  /** WebSockets without an accepted token. */
  readonly unauthenticated: () => number;
  /** TCP connections that are not WebSockets: plain HTTP, and connections that have sent no request yet. */
  readonly http: () => number;
}

export type DroppedConnectionKind = "http" | "unauthenticated" | "accepted";

export class SocketMetrics {
  private readonly refusals: Counter<"status">;
  private readonly drops: Counter<"kind">;

  constructor(registry: Registry, read: () => SocketReadings) {
    const registers = [registry];
    this.refusals = new Counter({
      name: "headgate_upgrades_refused_total",
      help: "WebSocket upgrades that were refused, by HTTP status",
      labelNames: ["status"],
      registers,
    });
    this.drops = new Counter({
      name: "headgate_sockets_dropped_total",
      help: "Sockets that lost their place to others, or got none: http, unauthenticated, accepted (to another tenant)",
      labelNames: ["kind"],
      registers,
    });
    new Gauge({
      name: "headgate_sockets",
      help: "TCP connections: http (no WebSocket), unauthenticated (no accepted token yet), accepted",
      labelNames: ["kind"],
      registers,
      collect() {
        const readings = read();
        this.set({ kind: "http" }, readings.http());
        this.set({ kind: "unauthenticated" }, readings.unauthenticated());
        this.set({ kind: "accepted" }, readings.connections());
      },
    });
  }

  refused(status: number): void {
    this.refusals.inc({ status });
  }

  dropped(kind: DroppedConnectionKind): void {
    this.drops.inc({ kind });
  }
}
