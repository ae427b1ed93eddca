/** The crash in the middle of the replay: the gateway is killed and started again while the market goes on. */
import type { Bar } from "./bars.js";

/** The day on which Lehman Brothers failed. */
const worstDay = "2008-09-15";

/** Trading days a second while the gateway is away. At full speed, years would pass before it is back. */
export const awayDaysPerSecond = 25;

/** The index of the day at whose close the gateway is killed: the worst day, or the middle of a market without it. */
export function crashDay(bars: readonly Bar[]): number {
  const worst = bars.findIndex(({ date }) => date === worstDay);
  return worst < 0 ? Math.floor(bars.length / 2) : worst;
}

export interface CrashableGateway {
  kill(): Promise<void>;
  /** Starts it again on the same data folder and port; resolves when it is ready. */
  restart(): Promise<void>;
}

export class Crash {
  private killedAt: number | undefined;
  private restarted: Promise<void> | undefined;
  /** Why the killed gateway could not be started again; undefined when it could, or is still being started. */
  problem: string | undefined;
  /** Milliseconds from the kill until the new process was ready; undefined before. */
  awayMs: number | undefined;
  /** Milliseconds from the kill until every client had a connection again; undefined before. */
  returnMs: number | undefined;

  constructor(
    private readonly gateway: CrashableGateway,
    /** The index of the day at whose close the gateway is killed. */
    readonly day: number,
  ) {}

  /** Kills the gateway and starts it again. Returns at once. */
  begin(): void {
    this.killedAt = performance.now();
    this.restarted = this.run();
  }

  get begun(): boolean {
    return this.killedAt !== undefined;
  }

  /**
   * Whether the gateway is away: it was killed, and not every client has a connection to the new process yet.
   * @param connected whether each client has a connection
   */
  isAway(connected: () => boolean): boolean {
    if (this.killedAt === undefined || this.returnMs !== undefined || this.problem !== undefined)
      return false;
    if (this.awayMs === undefined || !connected()) return true;
    this.returnMs = performance.now() - this.killedAt;
    return false;
  }

  /**
   * Resolves when the new process is ready.
   * @throws Error when it could not be started
   */
  async settled(): Promise<void> {
    await this.restarted;
    if (this.problem !== undefined) throw new Error(this.problem);
  }

  private async run(): Promise<void> {
    try {
      await this.gateway.kill();
      await this.gateway.restart();
      this.awayMs = performance.now() - (this.killedAt ?? NaN);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.problem = `the killed gateway could not be started again: ${reason}`;
    }
  }
}
