/**
 * The hash of a dataset's content, from which its version is named: the same columns with the same rows have the same
 * hash, in whatever order the columns come and by however many appends the rows came. Each column has a running hash of
 * its bytes, so that an append costs the bytes that it adds.
 */
import { createHash, type Hash } from "node:crypto";
import { type Pieces, pieceSize } from "../../engines/pieces.js";
import type { DatasetColumn, DatasetColumns } from "../../protocol/dataset-frames.js";

/** Bytes that are hashed in one piece, which takes less than two milliseconds. */
const pieceBytes = 8 * pieceSize;

/** Hex digits of the content hash that name a version: 128 bits. */
const versionDigits = 32;

export class ContentHash {
  private constructor(private readonly columns: readonly (readonly [DatasetColumn, Hash])[]) {}

  static of(columns: readonly DatasetColumn[]): ContentHash {
    const sorted = [...columns].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
    return new ContentHash(sorted.map((column) => [column, createHash("sha256")] as const));
  }

  /** Adds rows to every column. */
  *add(rows: DatasetColumns): Pieces<void> {
    for (const [{ name }, hash] of this.columns) yield* update(hash, rows[name]?.data as Uint8Array);
  }

  /** Adds the bytes of one column. */
  *addTo(name: string, bytes: Uint8Array): Pieces<void> {
    const found = this.columns.find(([column]) => column.name === name);
    if (found !== undefined) yield* update(found[1], bytes);
  }

  /** A copy to which rows can be added without changing this one. */
  copy(): ContentHash {
    return new ContentHash(this.columns.map(([column, hash]) => [column, hash.copy()] as const));
  }

  /**
   * The SHA-256 in hex of a text with a line for each column, in ascending order of the names' UTF-8 bytes:
   * `<datatype> <shape, with commas> <SHA-256 of the column's bytes> <name>`.
   */
  digest(rows: number): string {
    const hash = createHash("sha256");
    for (const [{ name, datatype, shape }, column] of this.columns)
      hash.update(`${datatype} ${[rows, ...shape].join(",")} ${column.copy().digest("hex")} ${name}\n`);
    return hash.digest("hex");
  }
}

function* update(hash: Hash, bytes: Uint8Array): Pieces<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    hash.update(bytes.subarray(at, at + pieceBytes));
    yield;
  }
}

/** The name of the version with this content. */
export function versionOf(sha256: string): string {
  return sha256.slice(0, versionDigits);
}
