/** The topic `gateway.streams`: the streams of the watcher's namespace that it may read, with their feeds and regimes. */

import type { Pieces } from "../../../engines/pieces.js";
import type { StreamSample, StreamsSample } from "../../../protocol/samples.js";
import { regimeTopic } from "../../../protocol/topics.js";
import { grantsTopic } from "../../auth/authorization.js";
import type { Principal } from "../../auth/principal.js";
import type { RegimeStream } from "../../regimes/stream.js";
import type { RegimeStreams } from "../../regimes/streams.js";
import { listStreamsInPieces } from "../../requests/stream-list.js";
import { tableIntervalMs } from "../intervals.js";
import type { Collector, WatchedTopic } from "../watched-topic.js";
import { streamsSchema } from "./streams-schema.js";

export const streamsMax = 500;

/** Streams that are looked at in one piece. */
const pieceStreams = 1_000;

/** The streams, of which only these figures are read. */
export interface StreamReadings extends Pick<RegimeStreams, "names" | "state"> {
  get(namespace: string, name: string): Pick<RegimeStream, "isSilent" | "silentMs" | "changedTs"> | undefined;
}

type Reader = Pick<Principal, "namespace" | "topics">;

export function streamsTopic(streams: StreamReadings): WatchedTopic<"gateway.streams"> {
  return {
    name: "gateway.streams",
    description: "The streams of the watcher's namespace that it may read: their feeds, and their regimes.",
    schema: streamsSchema,
    // Streams belong to a namespace, and a scope of all tenants' figures does not open those of others.
    scope: "streams:read",
    atOnce: true,
    shortestMs: tableIntervalMs,
    view({ namespace, topics }, contains) {
      const key = JSON.stringify([namespace, topics, contains]);
      return { key, collector: () => new StreamsCollector(streams, { namespace, topics }, contains) };
    },
  };
}

class StreamsCollector implements Collector<StreamsSample> {
  /** The numbers of observations at the last sample, by stream. */
  private before = new Map<string, number>();

  constructor(
    private readonly streams: StreamReadings,
    private readonly reader: Reader,
    private readonly contains: string,
  ) {}

  *sample(elapsedMs: number): Pieces<StreamsSample> {
    const { streams, reader, contains } = this;
    const list = yield* listStreamsInPieces(streams, reader, { contains, limit: streamsMax });
    const rows = list.streams.map((state): StreamSample => {
      const stream = streams.get(reader.namespace, state.stream);
      const before = this.before.get(state.stream);
      const fed = before === undefined || elapsedMs <= 0 ? null : Math.max(0, state.observations - before);
      const warming = state.probability === null ? "warming" : "live";
      return {
        name: state.stream,
        detector: state.detector,
        status: stream?.isSilent === true ? "silent" : warming,
        last_ts: state.last_ts,
        silent_ms: Math.round(stream?.silentMs ?? 0),
        regime: state.regime,
        probability: state.probability,
        observations: state.observations,
        observations_per_second: fed === null ? null : Number(((fed * 1_000) / elapsedMs).toPrecision(5)),
        changed_ts: stream?.changedTs ?? null,
      };
    });
    yield;
    this.before = new Map(rows.map(({ name, observations }) => [name, observations]));
    return {
      interval_ms: Math.round(elapsedMs),
      total: list.total,
      silent: yield* this.silent(),
      streams: rows,
      left_out: list.total - rows.length,
    };
  }

  end(): void {}

  private *silent(): Pieces<number> {
    const { streams, contains } = this;
    const { namespace, topics } = this.reader;
    let silent = 0;
    let looked = 0;
    for (const name of streams.names(namespace)) {
      if (++looked % pieceStreams === 0) yield;
      if (streams.get(namespace, name)?.isSilent !== true) continue;
      if (name.includes(contains) && grantsTopic({ topics }, regimeTopic(name))) silent++;
    }
    return silent;
  }
}
