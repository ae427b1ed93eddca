/**
 * A live agent: a trading desk with a connection of its own that sends its questions at each close, several at a
 * time. While no gateway answers, it goes on with the last answers that it was given.
 */
import { connect, type Gate } from "../../client/typescript/index.js";
import type { Desk, DeskQuestion } from "./desks.js";
import { InFlight } from "./in-flight.js";
import { LastAnswers } from "./last-answers.js";
import type { Market } from "./market.js";
import { clientOptions } from "./parameters.js";
import { Tally } from "./tally.js";

export interface DeskAnswer {
  readonly model: string;
  /** The close at which the question was sent, in milliseconds since the epoch. */
  readonly time: number;
  readonly headline: number;
}

/**
 * Enough requests to keep the gateway busy; more would only lengthen the queue, which the measured latencies include.
 */
const inFlightMax = 4;
const timeoutMs = 10_000;
/** Milliseconds without a gateway after which an agent goes on by itself. */
const fallbackAfterMs = 100;

export class Agent {
  readonly tallies = new Map<string, Tally>();
  /** The gateway's answers; those of the fallback are not among them. */
  readonly answers: DeskAnswer[] = [];
  private readonly inFlight = new InFlight(() => inFlightMax);

  private constructor(
    private readonly desk: Desk,
    readonly gate: Gate,
    private readonly lastAnswers: LastAnswers,
  ) {}

  static async join(url: string, desk: Desk): Promise<Agent> {
    const lastAnswers = new LastAnswers();
    const { fallback } = lastAnswers;
    const options = { ...clientOptions, client: desk.name, fallback, fallbackAfterMs };
    return new Agent(desk, await connect(url, options), lastAnswers);
  }

  /** Sends today's questions; resolves when all of them have been sent. */
  async ask(today: Market): Promise<void> {
    const time = today.bars.at(-1)?.time ?? NaN;
    for (const question of this.desk.questions(today))
      await this.inFlight.start(() => this.put(question, time));
  }

  /** Resolves when all answers have arrived. */
  settled(): Promise<void> {
    return this.inFlight.settled();
  }

  private async put({ model, inputs, parameters, headline }: DeskQuestion, time: number): Promise<void> {
    const tally = this.tally(model);
    const asked = performance.now();
    try {
      const { outputs, source } = await this.gate.infer(model, inputs, {
        timeoutMs,
        ...(parameters !== undefined && { parameters }),
      });
      if (source === "fallback") return tally.answeredByFallback();
      const ms = performance.now() - asked;
      const value = headline(outputs);
      if (!Number.isFinite(value)) return tally.failed(`${model}: an answer without its number`);
      tally.answered(ms);
      this.lastAnswers.keep(model, outputs);
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
