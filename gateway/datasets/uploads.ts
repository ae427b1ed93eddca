/**
 * The puts in parts of one connection. The parts of an upload come in their order; the dataset is there with the last
 * one and not before. An upload whose part is wrong, that waits too long for its next part, or whose connection ends is
 * dropped with everything it brought.
 */
import type { DatasetColumn, DatasetVersion } from "../../protocol/dataset-frames.js";
import { HeadgateError } from "../../protocol/errors.js";
import type { Clock } from "../clock.js";
import { SerialQueue } from "../waiting/serial.js";
import type { PutRequest } from "./dataset-requests.js";
import { type RowSet, type RowTable, rowSetOf } from "./row-table.js";
import { requireSameColumns } from "./same-columns.js";

export interface PartRequest extends PutRequest {
  readonly upload: string;
  /** Counted from 0. */
  readonly part: number;
  readonly last: boolean;
}

/** What an upload has brought so far. */
export interface UploadProgress {
  readonly upload: string;
  readonly part: number;
  readonly rows: number;
  readonly bytes: number;
}

/** Where the rows of uploads go. */
export interface UploadTarget {
  /** @throws HeadgateError where the request's dataset may not be put */
  newTable(request: PutRequest, columns: readonly DatasetColumn[]): RowTable;
  append(table: RowTable, rows: RowSet): Promise<void>;
  discard(table: RowTable): Promise<void>;
  /** Makes the table a version of the dataset; where that fails the table is discarded. */
  keep(request: PutRequest, table: RowTable): Promise<DatasetVersion>;
}

export interface UploadBounds {
  readonly uploadsMax: number;
  readonly uploadIdleMs: number;
}

interface Upload {
  readonly target: UploadTarget;
  readonly parts: SerialQueue;
  /** The number of the part that must come next. */
  next: number;
  table?: RowTable;
  /** Why no further part is taken. */
  ended?: string;
  disarm: () => void;
}

export class Uploads {
  private readonly uploads = new Map<string, Upload>();

  constructor(
    private readonly clock: Clock,
    private readonly bounds: UploadBounds,
  ) {}

  /** @throws HeadgateError; then the upload is dropped, but for one upload too many */
  part(target: UploadTarget, request: PartRequest): Promise<UploadProgress | DatasetVersion> {
    const upload = this.find(target, request);
    if (request.part !== upload.next) {
      const wanted = upload.next;
      this.drop(request.upload, `part ${request.part} came in place of part ${wanted}`);
      throw new HeadgateError(
        "failed_precondition",
        `part: part ${wanted} of the upload ${request.upload} must come next, got ${request.part}; the upload is dropped, begin again with part 0`,
      );
    }
    upload.next++;
    upload.disarm();
    return upload.parts.run(() => this.take(upload, request));
  }

  /** Drops every upload: the connection has ended. */
  end(): void {
    for (const name of [...this.uploads.keys()]) this.drop(name, "its connection ended");
  }

  private find(target: UploadTarget, { upload: name }: PartRequest): Upload {
    const known = this.uploads.get(name);
    if (known !== undefined) return known;
    const { uploadsMax } = this.bounds;
    if (this.uploads.size >= uploadsMax)
      throw new HeadgateError(
        "resource_exhausted",
        `upload: ${uploadsMax} puts in parts are under way on this connection, the limit (datasets.uploads): finish one first`,
      );
    const upload: Upload = { target, parts: new SerialQueue(), next: 0, disarm: () => {} };
    this.uploads.set(name, upload);
    return upload;
  }

  private async take(upload: Upload, request: PartRequest): Promise<UploadProgress | DatasetVersion> {
    const { upload: name, part, last } = request;
    try {
      requireOpen(upload, name);
      const table = await this.append(upload, request);
      requireOpen(upload, name);
      if (last) return await this.finish(upload, request, table);
      upload.disarm();
      upload.disarm = this.clock.after(this.bounds.uploadIdleMs, () =>
        this.drop(name, `no part came for ${this.bounds.uploadIdleMs} ms`),
      );
      return { upload: name, part, rows: table.rows, bytes: table.rows * table.rowBytes };
    } catch (error) {
      if (this.uploads.get(name) === upload) this.drop(name, "one of its parts was refused");
      throw error;
    }
  }

  private async append(upload: Upload, request: PartRequest): Promise<RowTable> {
    const { target } = upload;
    const rows = rowSetOf(request.columns);
    if (upload.table !== undefined) requireSameColumns(upload.table.columns, rows);
    upload.table ??= target.newTable(request, rows.specs);
    await target.append(upload.table, rows);
    return upload.table;
  }

  private async finish(upload: Upload, request: PartRequest, table: RowTable): Promise<DatasetVersion> {
    this.uploads.delete(request.upload);
    delete upload.table;
    return upload.target.keep(request, table);
  }

  private drop(name: string, why: string): void {
    const upload = this.uploads.get(name);
    if (upload === undefined) return;
    this.uploads.delete(name);
    upload.ended = why;
    upload.disarm();
    void upload.parts.run(async () => {
      if (upload.table !== undefined) await upload.target.discard(upload.table);
    });
  }
}

/** @throws HeadgateError failed_precondition */
function requireOpen({ ended }: Upload, name: string): void {
  if (ended !== undefined)
    throw new HeadgateError(
      "failed_precondition",
      `upload: ${name} was dropped, because ${ended}; nothing of it is kept`,
    );
}
