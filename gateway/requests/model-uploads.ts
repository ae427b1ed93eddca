/**
 * The uploads of one connection. The parts of a file come in their order and wait in memory until the last one; then
 * the whole is given on. An upload whose part is wrong, that waits too long for its next part, or whose connection ends
 * is dropped with everything it brought.
 */
import { HeadgateError, invalidArgument } from "../../protocol/errors.js";
import { joined } from "../../protocol/parts.js";
import type { Publication } from "../../protocol/train-frames.js";
import type { Clock } from "../clock.js";
import type { BytePlace, TenantBytePlaces } from "../quotas/byte-places.js";

export interface ModelPartRequest {
  /** In the first part, and only there. */
  readonly publication?: Publication | undefined;
  readonly upload: string;
  /** Counted from 0. */
  readonly part: number;
  readonly last: boolean;
  readonly onnx: Uint8Array;
}

/** A file whose last part has come. Its memory is counted until `release` is called. */
export interface UploadedFile {
  readonly publication: Publication;
  readonly onnx: Uint8Array;
  release(): void;
}

export interface ModelUploadBounds {
  readonly uploadsMax: number;
  readonly fileBytesMax: number;
  readonly idleMs: number;
}

interface ModelUpload {
  readonly publication: Publication;
  readonly place: BytePlace;
  readonly parts: Uint8Array[];
  bytes: number;
  disarm: () => void;
}

/** What an upload has brought so far. */
export interface ModelUploadProgress {
  readonly upload: string;
  readonly part: number;
  readonly bytes: number;
}

export class ModelUploads {
  private readonly uploads = new Map<string, ModelUpload>();

  constructor(
    private readonly clock: Pick<Clock, "after">,
    private readonly bounds: ModelUploadBounds,
  ) {}

  /** @throws HeadgateError; then the upload is dropped, but for one upload too many */
  part(request: ModelPartRequest, places: TenantBytePlaces): ModelUploadProgress | UploadedFile {
    const upload = this.find(request, places);
    try {
      this.add(upload, request);
      return request.last ? this.finish(request.upload, upload) : this.wait(request, upload);
    } catch (error) {
      this.drop(request.upload);
      throw error;
    }
  }

  /** Drops every upload: the connection has ended. */
  end(): void {
    for (const name of [...this.uploads.keys()]) this.drop(name);
  }

  private find({ upload: name, part, publication }: ModelPartRequest, places: TenantBytePlaces): ModelUpload {
    const known = this.uploads.get(name);
    if (known !== undefined) return known;
    if (publication === undefined)
      throw new HeadgateError(
        "failed_precondition",
        `upload: there is no upload ${name} for part ${part}: it was refused, has waited too long or is complete; begin again with part 0`,
      );
    if (this.uploads.size >= this.bounds.uploadsMax)
      throw new HeadgateError(
        "resource_exhausted",
        `upload: ${this.uploads.size} uploads are under way on this connection, the limit (uploads.uploads): finish one first`,
      );
    const upload = { publication, place: places.take(0), parts: [], bytes: 0, disarm: () => {} };
    this.uploads.set(name, upload);
    return upload;
  }

  private add(upload: ModelUpload, { part, onnx }: ModelPartRequest): void {
    const wanted = upload.parts.length;
    if (part !== wanted)
      throw new HeadgateError(
        "failed_precondition",
        `part: part ${wanted} must come next, got ${part}; the upload is dropped, begin again with part 0`,
      );
    const bytes = upload.bytes + onnx.length;
    requireSize(bytes, this.bounds.fileBytesMax);
    upload.place.resize(bytes);
    upload.bytes = bytes;
    // A copy, because the part is a view of its whole message.
    upload.parts.push(onnx.slice());
  }

  private wait({ upload: name, part }: ModelPartRequest, upload: ModelUpload): ModelUploadProgress {
    upload.disarm();
    upload.disarm = this.clock.after(this.bounds.idleMs, () => this.drop(name));
    return { upload: name, part, bytes: upload.bytes };
  }

  private finish(name: string, { publication, place, parts, bytes, disarm }: ModelUpload): UploadedFile {
    // The parts and the whole are in memory at one time.
    place.resize(2 * bytes);
    const onnx = joined(parts);
    parts.length = 0;
    place.resize(bytes);
    disarm();
    this.uploads.delete(name);
    return { publication, onnx, release: () => place.leave() };
  }

  private drop(name: string): void {
    const upload = this.uploads.get(name);
    if (upload === undefined) return;
    this.uploads.delete(name);
    upload.disarm();
    upload.place.leave();
  }
}

/** @throws HeadgateError invalid_argument with the limit */
export function requireSize(bytes: number, fileBytesMax: number): void {
  if (bytes > fileBytesMax)
    throw invalidArgument(
      "onnx",
      `the file has more than ${fileBytesMax} bytes, the limit (uploads.file_bytes): an operator can put it into the repository`,
    );
}
