/**
 * Every fixed limit of the wire, enforced before memory is taken. What an operator may change is in
 * the gateway's config, with these as its defaults; `welcome.limits` tells a client what holds.
 */
export const limits = {
  /** One WebSocket message, in bytes. */
  message_bytes_max: 32 * 1024 * 1024,
  /** Frames concatenated in one message. */
  message_frames_max: 4_096,
  /** Values in one message, in either form: bounds what decoding may allocate (a nil is 1 byte, 8 in memory). */
  message_values_max: 1_048_576,
  /**
   * Text in a client's message: the bytes of a JSON message or of a binary one's strings, and the values of the former,
   * strings of the latter. Such a message is read in one go of the socket thread: 20 to 63 ms at the
   * bound. Enough in JSON for 65,536 times with a value each.
   */
  text_bytes_max: 8 * 1024 * 1024,
  text_values_max: 163_840,
  /** Maps and arrays inside one another, the frame itself counted. */
  nesting_max: 8,
  /** Tensors in one request. */
  tensors_max: 64,
  /** Elements in one tensor. */
  tensor_elements_max: 16 * 1024 * 1024,
  /** Dimensions of one tensor. */
  tensor_rank_max: 8,
  /** Parameters in one request. */
  parameters_max: 64,
  /** Characters of a model's, tensor's, parameter's, detector's or topic's name, a key or a traceparent. */
  name_length_max: 128,
  /** Characters of a stream's name. */
  stream_name_length_max: 64,
  /** Characters of a token. */
  token_length_max: 8_192,
  /** Observations in one `observe`. */
  observations_max: 65_536,
  /** Values that a stream remembers, all its observations together: as many as a message brings, 32 MiB. */
  stream_values_max: 4_194_304,
  /** Observations of a stream's path in one answer, and when a client does not say. */
  path_max: 65_536,
  path_default: 1_000,
  /** Milliseconds between two heartbeats of a topic. */
  heartbeat_ms_min: 1_000,
  heartbeat_ms_max: 3_600_000,
  /** Milliseconds from the epoch, either way, of an observation's time: 8.64e15, what ECMAScript's dates hold. */
  time_ms_max: 8_640_000_000_000_000,
  /** Requests in flight on a connection: its credits. */
  requests_in_flight_max: 256,
  /** Bytes of requests in flight on a connection. */
  bytes_in_flight_max: 64 * 1024 * 1024,
  /** Subscriptions of a connection. */
  subscriptions_max: 128,
  /** Bytes waiting to be sent to a connection before it counts as a slow consumer. */
  outbox_bytes_max: 1024 * 1024,
  /** Bytes of small frames gathered into one message; a bigger frame goes alone. */
  gather_bytes_max: 64 * 1024,
  /** Bytes of one message to a client that did not say what it takes: common Python clients' default. */
  client_message_bytes_default: 1024 * 1024,
  /** Bytes a socket may send before a token was accepted. */
  unauthenticated_bytes_max: 64 * 1024,
  /** Bytes that are read after the gateway's close frame, and milliseconds until the socket's end then. */
  closing_bytes_max: 64 * 1024,
  closing_ms: 1_000,
  /** Fragments of a message. */
  message_fragments_max: 16_384,
  /** Bytes of an upgrade's headers: a token of 8 KiB, and as much again; and milliseconds in which they must come. */
  header_bytes_max: 16_384,
  header_ms: 10_000,
  /** Milliseconds a request may ask for: an hour. */
  timeout_ms_max: 3_600_000,
  /** Milliseconds in which `hello` must come. */
  hello_timeout_ms: 10_000,
  /** Milliseconds between pings, and for the pong to come. */
  ping_ms: 10_000,
  pong_ms: 8_000,
  /** Milliseconds a draining gateway waits for what is in flight. */
  drain_ms: 30_000,
  /** Events kept for a topic. */
  topic_events_max: 100_000,
} as const;

/** Ids are unsigned 32-bit integers. */
export const idMax = 0xffff_ffff;
