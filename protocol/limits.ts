/**
 * All fixed limits of the wire, enforced before memory is allocated. Where the operator can change a limit in the
 * gateway's config, the value here is the default; `welcome.limits` has the current values for the client.
 */
export const limits = {
  /** Bytes in one WebSocket message. */
  message_bytes_max: 32 * 1024 * 1024,
  /** Frames concatenated in one message. */
  message_frames_max: 4_096,
  /**
   * Values in one message in either form. This limits the memory for decoding: a nil has 1 byte in the message and 8
   * in memory.
   */
  message_values_max: 1_048_576,
  /**
   * Limits for the text in a client's message: the bytes of a JSON message or of a binary message's strings, and the
   * number of values in JSON or of strings in the binary form. A message is parsed in one turn of the socket thread,
   * which takes 20 to 63 ms at this limit. It is large enough for 65,536 times with a value each in JSON.
   */
  text_bytes_max: 8 * 1024 * 1024,
  text_values_max: 163_840,
  /** The depth of nested maps and arrays, including the frame itself. */
  nesting_max: 8,
  /** Tensors in one request. */
  tensors_max: 64,
  /** Elements in one tensor. */
  tensor_elements_max: 16 * 1024 * 1024,
  /** Dimensions of one tensor. */
  tensor_rank_max: 8,
  /** Parameters in one request. */
  parameters_max: 64,
  /** Values in the nested parameters of one training, lists and maps included, and characters of a text among them. */
  parameter_values_max: 4_096,
  parameter_text_max: 1_024,
  /** The largest number of seconds for which a fitted model is kept: one week. */
  keep_seconds_max: 604_800,
  /** Aliases of one published version. */
  aliases_max: 16,
  /** The largest number of milliseconds after which a published version expires: ten years. */
  expires_after_ms_max: 315_360_000_000,
  /** Characters of the text that says why a version was promoted. */
  promotion_reason_length_max: 512,
  /** Records of promotions that `describe` tells of one model. */
  promotions_told: 20,
  /** Schedules in one list, and the number when the client does not set `limit`. */
  schedules_listed_max: 1_000,
  schedules_listed_default: 100,
  /** Rows or observations that a schedule may count, or train on. */
  schedule_rows_max: 1_000_000_000,
  /** The longest interval of a schedule in milliseconds: 366 days. */
  schedule_interval_ms_max: 31_622_400_000,
  /** Times of the day in one schedule. */
  schedule_times_max: 24,
  /** Rows that a schedule may hold out to score on, and the blocks that they may be cut into. */
  validation_rows_max: 100_000,
  validation_folds_max: 100,
  /** Characters of the text by which a client recognises its job. */
  job_label_length_max: 256,
  /** Jobs in one list, and the number when the client does not set `limit`. */
  jobs_listed_max: 1_000,
  jobs_listed_default: 100,
  /** Bytes of an exported model in one answer: with base64 they fit in a message to any client. */
  model_part_bytes_max: 512 * 1024,
  /**
   * Characters in the name of a model, tensor, parameter, detector or topic, in an idempotency key, or in a
   * traceparent.
   */
  name_length_max: 128,
  /** Columns of a dataset. */
  dataset_columns_max: 1_024,
  /** Datasets in one list, and the number when the client does not set `limit`. */
  datasets_listed_max: 1_000,
  datasets_listed_default: 100,
  /** Characters in the name of a stream. */
  stream_name_length_max: 64,
  /** Characters in a token. */
  token_length_max: 8_192,
  /** Observations in one `observe`. */
  observations_max: 65_536,
  /** Values in all stored observations of a stream together: as many as fit in one message, 32 MiB. */
  stream_values_max: 4_194_304,
  /**
   * The largest number of observations in the path of one answer, and the number when the client does not set
   * `limit`.
   */
  path_max: 65_536,
  path_default: 1_000,
  /** The smallest and the largest number of milliseconds between two heartbeats of a topic. */
  heartbeat_ms_min: 1_000,
  heartbeat_ms_max: 3_600_000,
  /**
   * The largest distance of an observation's time from the epoch in milliseconds, in both directions: 8.64e15, the
   * range of ECMAScript's dates.
   */
  time_ms_max: 8_640_000_000_000_000,
  /** Requests in flight on a connection: its credits. */
  requests_in_flight_max: 256,
  /** Bytes of requests in flight on a connection. */
  bytes_in_flight_max: 64 * 1024 * 1024,
  /** Subscriptions of a connection. */
  subscriptions_max: 128,
  /** The smallest and the largest number of milliseconds between two samples of a watch, and the default. */
  watch_interval_ms_min: 250,
  watch_interval_ms_max: 60_000,
  watch_interval_ms_default: 1_000,
  /** Bytes that may wait to be sent to a connection when a sample is added; with more, the sample is skipped. */
  sample_backlog_bytes_max: 32 * 1024,
  /** Bytes of pushed frames that wait to be sent to a connection, before it is closed as a slow consumer. */
  outbox_bytes_max: 1024 * 1024,
  /** Bytes of small frames that are combined to one message; a larger frame is sent alone. */
  gather_bytes_max: 64 * 1024,
  /** Bytes of one message to a client that did not announce a limit: the default of common Python clients. */
  client_message_bytes_default: 1024 * 1024,
  /** Bytes that a socket may send before its token was accepted. */
  unauthenticated_bytes_max: 64 * 1024,
  /**
   * Bytes that are still read after the gateway's close frame, and the milliseconds after which the socket is then
   * ended.
   */
  closing_bytes_max: 64 * 1024,
  closing_ms: 1_000,
  /** Fragments in one message. */
  message_fragments_max: 16_384,
  /**
   * Bytes in the headers of an upgrade (8 KiB for a token and 8 KiB for the rest), and the milliseconds in which they
   * must arrive.
   */
  header_bytes_max: 16_384,
  header_ms: 10_000,
  /** The largest timeout of a request in milliseconds: one hour. */
  timeout_ms_max: 3_600_000,
  /** Milliseconds in which `hello` must arrive. */
  hello_timeout_ms: 10_000,
  /** Milliseconds between pings, and milliseconds in which a pong must arrive. */
  ping_ms: 10_000,
  pong_ms: 8_000,
  /** Milliseconds for which a draining gateway waits for requests in flight. */
  drain_ms: 30_000,
  /** Events that are stored for one topic. */
  topic_events_max: 100_000,
} as const;

/** Ids are unsigned 32-bit integers. */
export const idMax = 0xffff_ffff;
