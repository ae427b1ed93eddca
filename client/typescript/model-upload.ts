/** Gives an ONNX file to the gateway, in parts where it is larger than one. */
import { invalidArgument } from "../../protocol/errors.js";
import type { UploadFrame } from "../../protocol/train-frames.js";
import type { CallOptions } from "./options.js";

/** What an uploaded model becomes. */
export interface UploadOptions extends CallOptions {
  /** Its version. Default: one more than the model's highest. */
  readonly version?: string;
  /** The share of the requests without a version that it answers, from 0 to 1. Default: all. */
  readonly traffic?: number;
  /** Names that stand for this version from now on. */
  readonly aliases?: readonly string[];
  /** Milliseconds after which the version refuses to answer. Default: never. */
  readonly expiresAfterMs?: number;
}

/** Bytes of a part: between the parts of a large file go the requests of others. */
const partBytes = 4 * 1024 * 1024;

/** The frames of an upload, without their ids. */
export function* uploadParts(
  model: string,
  onnx: Uint8Array,
  { version, traffic, aliases, expiresAfterMs }: UploadOptions,
  messageBytes: number,
  name: string,
): Generator<Omit<UploadFrame, "id">> {
  if (onnx.length === 0) throw invalidArgument("onnx", "the file is empty");
  const publish = {
    model,
    ...(version !== undefined && { version }),
    ...(traffic !== undefined && { traffic }),
    ...(aliases !== undefined && { aliases }),
    ...(expiresAfterMs !== undefined && { expires_after_ms: expiresAfterMs }),
  };
  const size = Math.min(partBytes, Math.floor(messageBytes / 2));
  const count = Math.ceil(onnx.length / size);
  for (let part = 0; part < count; part++)
    yield {
      type: "upload",
      ...(part === 0 && { publish }),
      ...(count > 1 && { upload: name, part, last: part === count - 1 }),
      onnx: onnx.subarray(part * size, (part + 1) * size),
    };
}
