/** What is given to another thread is gone here: only memory that belongs to one tensor whole may go. */
import { expect, it } from "vitest";
import { transferable } from "../../engines/pool/transfer.js";

const bytes = (data: Uint8Array) => ({ datatype: "UINT8", shape: [data.length], data }) as const;

it("large memory of a tensor's own is given, once", () => {
  const own = new Uint8Array(20_000);
  expect(transferable({ X: bytes(own), again: bytes(own) })).toEqual([own.buffer]);
});

it("small memory is copied", () => {
  expect(transferable({ X: bytes(new Uint8Array(16_383)) })).toEqual([]);
});

it("memory that holds more than the tensor stays with its owner", () => {
  const pooled = new Uint8Array(60_000);
  expect(transferable({ X: bytes(pooled.subarray(0, 20_000)), Y: bytes(pooled.subarray(40_000)) })).toEqual(
    [],
  );
});

it("memory that threads share is not given", () => {
  expect(transferable({ X: bytes(new Uint8Array(new SharedArrayBuffer(20_000))) })).toEqual([]);
});
