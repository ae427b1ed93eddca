/** What both builds of the client offer. */

export { type ErrorCode, HeadgateError, type Processed } from "../../protocol/errors.js";
export type {
  FeedResumed,
  FeedSilent,
  Parameters,
  ParameterValue,
  PathKind,
  RegimeChange,
  RegimeState,
  Since,
  StreamClosed,
  StreamReplaced,
  SubscribeMode,
} from "../../protocol/frames.js";
export type { ModelExpired, ModelPromoted, PromotionRecord } from "../../protocol/promotion-frames.js";
export type {
  DatasetReference,
  DatasetRowsUsed,
  InputsUsed,
  StreamReference,
  StreamRowsUsed,
  TensorReference,
} from "../../protocol/reference.js";
export type {
  BatchFigures,
  ConnectionSample,
  ConnectionsSample,
  DurationQuantiles,
  LaneSample,
  ModelProof,
  ModelSample,
  ModelStats,
  ModelsSample,
  ModelVersionSample,
  ProcessStats,
  SampleOfTopic,
  SampleScope,
  StatsSample,
  StreamSample,
  StreamsSample,
  TenantStats,
  VersionCounts,
  WatchTopic,
  WorkerSample,
  WorkersSample,
} from "../../protocol/samples.js";
export type {
  ChallengerKept,
  DailyTrigger,
  DecisionReason,
  IntervalTrigger,
  ObservationTrigger,
  PromotionRule,
  RetrainDecision,
  RetrainFailed,
  RetrainStage,
  RetrainTrigger,
  RetrainValidation,
  RowTrigger,
  ScheduleList,
  ScheduleSettings,
  ScheduleState,
  ScoreName,
  Weekday,
} from "../../protocol/schedule-frames.js";
export type { Datatype, Tensor, Values } from "../../protocol/tensor.js";
export type {
  CurvePoint,
  JobChanged,
  JobProgress,
  JobState,
  ModelServing,
  NestedParameters,
  NestedValue,
  Publication,
  PublishedVersion,
} from "../../protocol/train-frames.js";
export type { Backoff } from "./backoff.js";
export type { CallCount, ClientFigures, ClientMetrics } from "./client-metrics.js";
export type { Dataset, DatasetOptions, RowSelection } from "./dataset.js";
export type {
  Described,
  Description,
  JointBatching,
  KernelCost,
  KernelCosts,
  KernelsMeasured,
  ModelMemory,
  SeparateBatching,
} from "./description.js";
export type { Gate } from "./gate.js";
export type { JobsQuery, TrainingJob } from "./job.js";
export type { UploadOptions } from "./model-upload.js";
export type { ObservationLayout } from "./observation-layout.js";
export type {
  Alert,
  CallOptions,
  ConnectedEvent,
  ConnectOptions,
  DisconnectedEvent,
  DrainingEvent,
  FailedEvent,
  Fallback,
  FallbackEvent,
  FallbackRequest,
  GateEvent,
  InferOptions,
  InferResult,
  Inputs,
  ObservationsLostEvent,
  ObserveFailedEvent,
  ReconnectingEvent,
  ResultTiming,
  StreamRestartedEvent,
  Tensors,
  TlsOptions,
  TokenNotRenewedEvent,
} from "./options.js";
export type { Outage } from "./outages.js";
export {
  type BareConstraint,
  type ChoiceConstraint,
  type NumberConstraint,
  type ParameterConstraint,
  type ParameterDescription,
  type ParametersSchema,
  parametersSchema,
  type SchemaConstraint,
  type TextConstraint,
  type TrainerChoiceConstraint,
} from "./parameters-schema.js";
export type { Observation, Policy, PolicyAction } from "./policy.js";
export type { PromoteOptions, RollbackOptions } from "./promotions.js";
export type { ResponseTimes } from "./response-times.js";
export type { ScheduleOptions, SchedulesQuery } from "./schedules.js";
export type { History, Observed, Stream, StreamOptions } from "./stream.js";
export type { RegimePath, StateOptions, StreamState } from "./stream-state.js";
export type {
  Change,
  EventPlace,
  FeedAlarm,
  JobUpdate,
  KeptChallenger,
  RetrainFailure,
  ServingVersion,
  StreamEnding,
  SubscribeOptions,
  Subscription,
  TopicHeartbeat,
  TopicSnapshot,
  VersionExpiry,
  VersionPromotion,
} from "./subscription.js";
export { type NestedValues, tensor } from "./tensor.js";
export type { TrainingResult, TrainOptions } from "./training.js";
export { UnavailableError } from "./unavailable-error.js";
export type { Sample, Watch, WatchOptions } from "./watch.js";
