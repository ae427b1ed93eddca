/** A table on the gateway, to which requests refer in place of sending it. */
import type { DatasetColumns, DatasetVersion, PutFrame } from "../../protocol/dataset-frames.js";
import type { AckFrame, ClientFrame } from "../../protocol/frames.js";
import type { DatasetReference } from "../../protocol/reference.js";
import { toWire } from "../../protocol/tensor.js";
import type { CallOptions, Tensors } from "./options.js";

/** How a table is put. */
export interface DatasetOptions extends CallOptions {
  /** Its name. Without one the gateway names it after its content, and removes it first when it needs room. */
  readonly name?: string;
  /** The time that the data is of, in milliseconds since the epoch, for whoever lists the datasets. */
  readonly ts?: number;
}

/** Which rows and columns a reference names; all where nothing is given. */
export type RowSelection = Omit<DatasetReference, "ref">;

/** Sends a request and waits for its `ack`. */
type Ask = (frame: (id: number) => ClientFrame, call?: CallOptions) => Promise<AckFrame>;

/** A dataset as this client knows it: the version that it put or grew last. */
export class Dataset {
  /** @internal */
  constructor(
    private present: DatasetVersion,
    private readonly ask: Ask,
  ) {}

  /** Its name. */
  get name(): string {
    return this.present.dataset;
  }

  /** The version, which is named after the content. */
  get version(): string {
    return this.present.version;
  }

  /** Its rows. */
  get rows(): number {
    return this.present.rows;
  }

  /** Bytes of its elements. */
  get bytes(): number {
    return this.present.bytes;
  }

  /** The hash of its content, in hex. */
  get sha256(): string {
    return this.present.sha256;
  }

  /**
   * What stands in place of a tensor in `infer`: rows of this version, whatever is added later.
   * @param selection which rows and columns; all when it is left out
   */
  ref(selection: RowSelection = {}): DatasetReference {
    return { ref: this.name, version: this.version, ...selection };
  }

  /**
   * Adds rows; afterwards this is the new version.
   * @param columns every column of the dataset
   * @param call the time of this call
   * @throws {@link HeadgateError} `failed_precondition` when somebody else has changed the dataset meanwhile
   */
  async append(columns: Tensors, call: CallOptions = {}): Promise<void> {
    const { name: dataset, version } = this;
    // With the version the gateway adds nothing twice when the request is sent again on a new connection.
    const frame = (id: number): ClientFrame => ({
      type: "append",
      id,
      dataset,
      version,
      columns: wired(columns),
    });
    this.present = versionOf(await this.ask(frame, call));
  }

  /**
   * Removes it from the gateway, with all its versions.
   * @param call the time of this call
   */
  async drop(call: CallOptions = {}): Promise<void> {
    await this.ask((id) => ({ type: "drop", id, dataset: this.name }), call);
  }
}

export function putFrame(id: number, columns: Tensors, { name, ts }: DatasetOptions): PutFrame {
  return {
    type: "put",
    id,
    ...(name !== undefined && { dataset: name }),
    ...(ts !== undefined && { ts }),
    columns: wired(columns), // last, so that a large one ends the message
  };
}

function wired(columns: Tensors): DatasetColumns {
  return Object.fromEntries(Object.entries(columns).map(([name, tensor]) => [name, toWire(tensor)]));
}

export function versionOf(ack: AckFrame): DatasetVersion {
  return {
    dataset: String(ack["dataset"]),
    version: String(ack["version"]),
    rows: Number(ack["rows"]),
    bytes: Number(ack["bytes"]),
    sha256: String(ack["sha256"]),
  };
}
