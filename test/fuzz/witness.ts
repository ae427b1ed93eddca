/** A tenant that works while another attacks. It must notice nothing: neither in its answers nor in its events. */
import { setTimeout as pause } from "node:timers/promises";
import { tokens } from "./credentials.js";
import type { Catalog } from "./servables.js";
import { WitnessClient } from "./witness-client.js";
import { type WitnessQuestions, witnessQuestions } from "./witness-questions.js";
import { WitnessStreams } from "./witness-streams.js";

/** Between two rounds, so that the witness is not most of the gateway's work. */
const pauseMs = 10;
const problemsMax = 50;

export interface Testimony {
  readonly answers: number;
  readonly steps: number;
  readonly events: number;
  readonly problems: readonly string[];
}

export class Witness {
  private readonly problems: string[] = [];
  private answers = 0;
  private steps = 0;
  private stopped = false;
  private readonly working: Promise<unknown>;

  private constructor(
    private readonly clients: readonly WitnessClient[],
    private readonly questions: WitnessQuestions,
    private readonly streams: WitnessStreams,
    private readonly subscriber: WitnessClient,
  ) {
    this.working = Promise.all([this.keepAsking(), this.keepFeeding()]);
  }

  /** Asks everything in peace first. */
  static async at(port: number, catalog: Catalog): Promise<Witness> {
    const open = (subprotocol?: string) => WitnessClient.open(port, tokens.witness, subprotocol);
    const [asker, feeder, subscriber] = [await open(), await open(), await open("headgate.v1.json")];
    const questions = await witnessQuestions(asker, catalog);
    const streams = await WitnessStreams.opened(feeder, subscriber);
    return new Witness([asker, feeder, subscriber], questions, streams, subscriber);
  }

  /** Every question once more and the streams' comparison in peace, then what it saw. */
  async testify(): Promise<Testimony> {
    this.stopped = true;
    await this.working;
    await this.note(async () => {
      for (let i = 0; i < this.questions.count; i++) await this.askOnce();
      this.add(await this.streams.compare(this.subscriber));
    });
    const events = this.subscriber.pushed.filter(({ type }) => type === "event").length;
    for (const client of this.clients) {
      this.add(client.problems);
      client.close();
    }
    return { answers: this.answers, steps: this.steps, events, problems: this.problems };
  }

  private keepAsking(): Promise<void> {
    return this.untilStopped(() => this.askOnce());
  }

  private keepFeeding(): Promise<void> {
    return this.untilStopped(async () => {
      this.add(await this.streams.step());
      this.steps++;
    });
  }

  private async untilStopped(round: () => Promise<void>): Promise<void> {
    while (!this.stopped && this.problems.length < problemsMax) {
      await this.note(round);
      await pause(pauseMs);
    }
  }

  private async askOnce(): Promise<void> {
    const problem = await this.questions.askNext();
    this.answers++;
    if (problem !== undefined) this.add([problem]);
  }

  private async note(work: () => Promise<void>): Promise<void> {
    await work().catch((error: unknown) => this.add([String(error)]));
  }

  private add(problems: readonly string[]): void {
    this.problems.push(...problems.slice(0, problemsMax - this.problems.length));
  }
}
