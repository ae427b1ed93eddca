/** A live agent: a desk with a socket of its own, asking at each close with several requests in flight. */
import type { Gate } from "headgate-client";
import type { Desk, DeskQuestion } from "./desks.js";
import { InFlight } from "./in-flight.js";
import type { Market } from "./market.js";
import { Tally } from "./tally.js";

export interface DeskAnswer {
  readonly model: string;
  /** Milliseconds since the epoch of the close it was asked at. */
  readonly time: number;
  readonly headline: number;
}

/** Enough to keep the gate busy; more would only lengthen the queue that the latencies measure. */
const inFlightMax = 4;
const timeoutMs = 10_000;

export class Agent {
  readonly tallies = new Map<string, Tally>();
  readonly answers: DeskAnswer[] = [];
  private readonly inFlight = new InFlight(inFlightMax);

  constructor(
    private readonly desk: Desk,
    private readonly gate: Gate,
  ) {}

  /** Asks about today; settles when all of it is on its way. */
  async ask(today: Market): Promise<void> {
    const time = today.bars.at(-1)?.time ?? NaN;
    for (const question of this.desk.questions(today))
      await this.inFlight.start(() => this.put(question, time));
  }

  /** Settles when all answers are there. */
  settled(): Promise<void> {
    return this.inFlight.settled();
  }

  private async put({ model, inputs, parameters, headline }: DeskQuestion, time: number): Promise<void> {
    const tally = this.tally(model);
    const asked = performance.now();
    try {
      const { outputs } = await this.gate.infer(model, inputs, {
        timeoutMs,
        ...(parameters !== undefined && { parameters }),
      });
      const ms = performance.now() - asked;
      const value = headline(outputs);
      if (!Number.isFinite(value)) return tally.failed(`${model}: an answer without its number`);
      tally.answered(ms);
      this.answers.push({ model, time, headline: value });
    } catch (error) {
      tally.failed(`${model}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private tally(model: string): Tally {
    const tally = this.tallies.get(model) ?? new Tally();
    this.tallies.set(model, tally);
    return tally;
  }
}
