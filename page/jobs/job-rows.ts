/** What the list of trainings and the view of one of them say. Pure. */
import type { JobChanged, JobProgress, JobState } from "../../protocol/train-frames.js";
import { amount, duration, none, percent } from "../numbers/format.js";

/** How a state is coloured. */
export type JobTone = "good" | "pending" | "bad" | "idle";

export interface JobRow {
  readonly job: string;
  readonly trainer: string;
  readonly label: string;
  readonly tone: JobTone;
  /** The state, with the stage of one that runs. */
  readonly state: string;
  /** The share of the fit that is done, from 0 to 1; null where there is nothing to show. */
  readonly share: number | null;
  /** How far it is, or how long it took. */
  readonly progress: string;
  readonly isRunning: boolean;
}

export interface JobFact {
  readonly name: string;
  readonly value: string;
}

const tones: Readonly<Record<JobState["state"], JobTone>> = {
  queued: "pending",
  running: "pending",
  done: "good",
  failed: "bad",
  cancelled: "idle",
};

const stages = { fit: "fits", convert: "is exported and proven", publish: "is published" } as const;

export function jobRow(state: JobState, now: number): JobRow {
  const isRunning = state.state === "queued" || state.state === "running";
  const share = state.state === "running" ? (state.stage === "fit" ? state.share_done : 1) : null;
  return {
    job: state.job,
    trainer: state.trainer,
    label: state.label ?? "",
    tone: tones[state.state],
    state: state.stage === null ? state.state : stages[state.stage],
    share,
    progress: progressText(state, now),
    isRunning,
  };
}

function progressText(state: JobState, now: number): string {
  const { created_ts: created, started_ts: started, ended_ts: ended } = state;
  if (state.state === "queued") return `waits for ${duration(Math.max(0, now - created))}`;
  if (ended !== null) return started === null ? "never ran" : `took ${duration(ended - started)}`;
  const left = state.remaining_ms === null ? "" : `, about ${duration(state.remaining_ms)} left`;
  if (state.stage === "fit" && state.share_done !== null) return `${percent(state.share_done)}${left}`;
  return `for ${duration(Math.max(0, now - (started ?? created)))}`;
}

/** What is known of one training, each with a name. */
export function jobFacts(state: JobState): readonly JobFact[] {
  const { published, restarts, resumed_from: resumed } = state;
  const facts: (JobFact | undefined)[] = [
    { name: "Trainer", value: state.trainer },
    state.label === null ? undefined : { name: "Label", value: state.label },
    { name: "Asked for", value: new Date(state.created_ts).toISOString().slice(0, 19).replace("T", " ") },
    { name: "Fit", value: duration(state.fit_ms) },
    { name: "Export and proof", value: duration(state.convert_ms) },
    { name: "Loss", value: figure(state.loss) },
    { name: "Score", value: figure(state.score) },
    published === null
      ? undefined
      : { name: "Published", value: `${published.model}, version ${published.version}` },
    state.handle === null ? undefined : { name: "Kept as", value: state.handle },
    restarts === 0
      ? undefined
      : {
          name: "Interrupted",
          value: `${amount(restarts)} times by a restart of the gateway; it began again from ${
            resumed === "checkpoint" ? "its last checkpoint" : "the start"
          }`,
        },
  ];
  return facts.filter((fact) => fact !== undefined);
}

function figure(value: number | null): string {
  return value === null ? none : Number(value.toPrecision(6)).toString();
}

/** The list with a job as it is now; one that is new comes first. */
export function withState(states: readonly JobState[], event: JobChanged | JobState): readonly JobState[] {
  const state: JobState = { ...event, kind: "job_state" };
  const known = states.some(({ job }) => job === state.job);
  return known ? states.map((each) => (each.job === state.job ? state : each)) : [state, ...states];
}

/** The list with what a job told of its progress; one that has ended meanwhile stays as it is. */
export function withProgress(states: readonly JobState[], progress: JobProgress): readonly JobState[] {
  const { job, stage, share_done, remaining_ms, loss, score } = progress;
  return states.map((each) =>
    each.job === job && each.state === "running"
      ? { ...each, stage, share_done, remaining_ms, loss, score }
      : each,
  );
}
