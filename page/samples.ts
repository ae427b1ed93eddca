/** What panels read of the samples of the gateway's topics: the wire's own types. */
export type {
  BatchFigures,
  ConnectionSample,
  ConnectionsSample,
  DurationQuantiles,
  LaneSample,
  ModelSample,
  ModelStats,
  ModelsSample,
  ModelVersionSample,
  ProcessStats,
  SampleOfTopic,
  StatsSample,
  StreamSample,
  StreamsSample,
  TenantStats,
  WatchTopic,
  WorkerSample,
  WorkersSample,
} from "../protocol/samples.js";

/** When a sample was made, and which of its watch it is. */
export interface SampleMoment {
  /** The gateway's time, in milliseconds since the epoch. */
  readonly ts: number;
  /** The sample's number in its watch: a gap shows samples that were dropped because this reader was slow. */
  readonly seq: number;
}
