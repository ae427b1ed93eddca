/**
 * The commits of one stream, in the order of its batches, and what the stream is after the newest that is on disk. A
 * commit is refused when one before it failed: what it follows was not kept.
 */
import type { RegimeState } from "../../protocol/frames.js";
import { regimeTopic } from "../../protocol/topics.js";
import type { LoggedEvent } from "../events/event-log.js";
import {
  type Journal,
  notKept,
  type Observations,
  type StreamProgress,
  type StreamRecord,
} from "./journal.js";
import type { EventWithState, RegimeEventBuilder, RegimeProgress } from "./regime-event-builder.js";

/** What one commit keeps of a stream beside its events. */
export interface CommittedPart {
  readonly progress: StreamProgress;
  readonly observed: Observations | undefined;
  /** The number of observations that the detector needs again. */
  readonly keep: number;
}

export class StreamCommits {
  /** The time of the observation that caused the last change of regime since the gateway started. */
  changedTs: number | undefined;
  /** The journal's count of failures when the state that is committed next was begun. */
  private failures: number;
  private last: Promise<unknown> = Promise.resolve();
  private publishedState: RegimeState | undefined;

  /** @param committed what the state is made from when it is asked for */
  constructor(
    private readonly record: StreamRecord,
    private readonly journal: Journal,
    private readonly publish: (event: LoggedEvent) => void,
    private readonly events: RegimeEventBuilder,
    private committed: RegimeProgress,
  ) {
    this.failures = journal.failures;
  }

  /** After the newest commit that is on disk. */
  get progress(): RegimeProgress {
    return this.committed;
  }

  /** Settles with the newest commit. */
  get newest(): Promise<unknown> {
    return this.last;
  }

  /** Whether no commit failed since the last restart: what is in memory is on disk or will be. */
  get current(): boolean {
    return this.failures === this.journal.failures;
  }

  /** The state after the last batch that was committed, or after its event that was just published. */
  state(): RegimeState {
    this.publishedState ??= this.events.state(this.committed);
    return this.publishedState;
  }

  /** Settles when the stream may continue from what is on disk. */
  async restart(): Promise<void> {
    await this.last.catch(() => undefined);
    this.failures = this.journal.failures;
  }

  /** @param isKept false for a stream that has ended: then only its events are kept */
  add(
    steps: readonly EventWithState[],
    { progress, ...rest }: CommittedPart,
    isKept: boolean,
  ): Promise<void> {
    const { id, namespace, name } = this.record;
    const key = { namespace, topic: regimeTopic(name) };
    if (!this.current) throw notKept(new Error("what it follows was not kept"));
    const commit = this.journal.commit(
      {
        progress: isKept ? { id, progress, ...rest } : undefined,
        events: steps.map(({ data }) => ({ key, data })),
      },
      (event, i) => {
        this.publishedState = steps[i]?.state ?? this.publishedState;
        if (event.data.kind === "regime_change") this.changedTs = event.data.observed_ts;
        this.publish(event);
      },
    );
    const committed = commit.then(() => this.committedTo(progress));
    committed.catch(() => undefined);
    this.last = committed;
    return committed;
  }

  /** The progress is on disk. */
  committedTo(progress: RegimeProgress): void {
    this.committed = progress;
    this.publishedState = undefined;
  }
}
