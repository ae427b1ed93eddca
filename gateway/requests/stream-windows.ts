/** The newest observations of a stream as a tensor, for references to streams. */
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import { limits } from "../../protocol/limits.js";
import type { StreamReference, StreamRowsUsed } from "../../protocol/reference.js";
import type { WireTensor } from "../../protocol/tensor.js";
import { toWire } from "../../protocol/tensor.js";
import type { Journal, Observations } from "../regimes/journal.js";
import type { RegimeStreams } from "../regimes/streams.js";
import type { TurnBudget } from "../turn-budget.js";

export interface StreamWindow {
  readonly tensor: WireTensor;
  readonly used: StreamRowsUsed;
}

export interface StreamWindowForm {
  /** The field that errors name. */
  readonly field: string;
  /** That the values are given in. */
  readonly datatype: "FP64" | "FP32";
  /**
   * Takes room for bytes before they are read.
   * @throws HeadgateError where there is none
   */
  readonly take: (bytes: number) => void;
}

/** No stream remembers more values than a message has. */
const bytesMax = limits.message_bytes_max;

export class StreamWindows {
  constructor(
    private readonly streams: Pick<RegimeStreams, "find">,
    private readonly journal: Pick<Journal, "readObservations">,
    private readonly turns: TurnBudget,
  ) {}

  /**
   * Everything that was given to the stream before is in it.
   * @throws HeadgateError not_found, failed_precondition or invalid_argument
   */
  async read(
    namespace: string,
    { stream: name, last, columns }: StreamReference,
    { field, datatype, take }: StreamWindowForm,
  ): Promise<StreamWindow> {
    const stream = this.streams.find(namespace, name);
    await stream.settled();
    const { total, d: width } = stream.size;
    const countMax = Math.min(last ?? limits.path_max, limits.path_max);
    take(Math.min(bytesMax, Math.min(countMax, total) * width * Float64Array.BYTES_PER_ELEMENT));
    const found = await this.turns.all(this.journal.readObservations(stream.record.id, countMax));
    requireEnough(found, name, last, field);
    const { n, d } = found;
    const rows = columns === undefined ? found.rows.subarray(0, n * d) : chosen(found, columns, field);
    const shape = [n, columns?.length ?? d];
    const data = datatype === "FP64" ? rows.slice() : Float32Array.from(rows);
    const used = {
      stream: name,
      rows: [found.first, found.first + n] as const,
      last_ts: found.times[n - 1] as number,
    };
    return { tensor: toWire({ datatype, shape, data }), used };
  }
}

function requireEnough({ n }: Observations, name: string, last: number | undefined, field: string): void {
  if (n === 0)
    throw new HeadgateError("failed_precondition", `${field}.stream: ${name} has no observation yet`);
  if (last !== undefined && n < last)
    throw invalidArgument(
      `${field}.last`,
      `${last} observations, and ${name} remembers ${n}; a stream remembers as many as its detector needs`,
    );
}

function chosen({ n, d, rows }: Observations, columns: readonly number[], field: string): Float64Array {
  for (const [i, column] of columns.entries())
    if (column >= d)
      throw invalidArgument(
        `${field}.columns[${i}]`,
        `${column}, and an observation has ${d} values, counted from 0`,
      );
  const result = new Float64Array(n * columns.length);
  let at = 0;
  for (let row = 0; row < n; row++)
    for (const column of columns) result[at++] = rows[row * d + column] as number;
  return result;
}
