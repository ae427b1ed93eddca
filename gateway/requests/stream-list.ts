/** Lists the streams that a client may read. */
import { type Pieces, whole } from "../../engines/pieces.js";
import type { RegimeState } from "../../protocol/frames.js";
import { regimeTopic } from "../../protocol/topics.js";
import { grantsTopic } from "../auth/authorization.js";
import type { Principal } from "../auth/principal.js";
import type { RegimeStreams } from "../regimes/streams.js";

export interface StreamListRequest {
  /** Only streams whose names contain this text. */
  readonly contains?: string | undefined;
  /** Only streams whose names come after this one. */
  readonly after?: string | undefined;
  /** The largest number of streams in the answer. */
  readonly limit: number;
}

export interface StreamList {
  readonly streams: readonly RegimeState[];
  /** The number of streams that match, before and after `after`. */
  readonly total: number;
  /** Given as `after`, it continues the list; absent at the end. */
  readonly next?: string;
}

/** Streams that are looked at in one piece, which takes a tenth of a millisecond or two. */
const pieceStreams = 500;

export function listStreams(...listed: Parameters<typeof listStreamsInPieces>): StreamList {
  return whole(listStreamsInPieces(...listed));
}

export function* listStreamsInPieces(
  streams: Pick<RegimeStreams, "names" | "state">,
  { namespace, topics }: Pick<Principal, "namespace" | "topics">,
  { contains = "", after = "", limit }: StreamListRequest,
): Pieces<StreamList> {
  const names: string[] = [];
  let total = 0;
  let looked = 0;
  for (const name of streams.names(namespace)) {
    if (++looked % pieceStreams === 0) yield;
    if (!name.includes(contains) || !grantsTopic({ topics }, regimeTopic(name))) continue;
    total++;
    if (name > after) insertSorted(names, name, limit + 1);
  }
  const page = names.slice(0, limit);
  const last = page.at(-1);
  yield;
  return {
    streams: page.flatMap((name) => streams.state(namespace, name) ?? []),
    total,
    ...(names.length > limit && last !== undefined && { next: last }),
  };
}

/** Keeps the first names only: sorting all of a namespace's streams would take milliseconds of the socket thread. */
function insertSorted(names: string[], name: string, countMax: number): void {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((names[middle] as string) < name) low = middle + 1;
    else high = middle;
  }
  if (low >= countMax) return;
  names.splice(low, 0, name);
  if (names.length > countMax) names.pop();
}
