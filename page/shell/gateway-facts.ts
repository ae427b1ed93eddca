/** What the header tells of the gateway: its version, and whether it is ready. */
import type { GatewayConnection } from "../connection/gateway-connection.js";
import type { WatchSource } from "../watch-source.js";
import type { GatewayClock } from "./gateway-clock.js";
import type { GatewayState } from "./header.js";
import { isPageOutdated } from "./page-version.js";

export class GatewayFacts {
  private name = "";
  private outdated = false;
  private known: GatewayState | undefined;
  private listener = () => {};

  constructor(
    private readonly connection: GatewayConnection,
    source: WatchSource,
    clock: GatewayClock,
  ) {
    source.watch("gateway.stats", ({ ready, draining }, { ts }) => {
      clock.heard(ts);
      this.become(draining ? "draining" : ready ? "ready" : "not_ready");
    });
    connection.onChange(({ kind }) => {
      if (kind === "connected") {
        void this.askVersion();
        void this.askPage();
      } else this.become(undefined);
    });
  }

  get version(): string {
    return this.name;
  }

  /** Whether the gateway serves another page than the one that runs here. */
  get isPageOutdated(): boolean {
    return this.outdated;
  }

  /** Undefined while it is not known. */
  get state(): GatewayState | undefined {
    return this.known;
  }

  onChange(listener: () => void): void {
    this.listener = listener;
  }

  private become(state: GatewayState | undefined): void {
    if (this.known === state) return;
    this.known = state;
    this.listener();
  }

  /** The gateway may be another version after it was away. */
  private async askVersion(): Promise<void> {
    try {
      const response = await this.connection.get("v2");
      const { version } = (await response.json()) as { readonly version?: unknown };
      this.name = typeof version === "string" ? version.slice(0, 40) : "";
    } catch {
      this.name = ""; // the gateway went away again, which the connection tells
    }
    this.listener();
  }

  /** A gateway that was updated has other files: this page may misread its samples, and cannot load the rest of itself. */
  private async askPage(): Promise<void> {
    const script = document.querySelector<HTMLScriptElement>("script[type=module]");
    try {
      const response = await this.connection.get("./");
      if (response.ok) this.outdated = isPageOutdated(await response.text(), script?.src ?? "");
    } catch {
      // The gateway went away again: it is asked at the next connection.
    }
    this.listener();
  }
}
