/** Errors: their defaults, and reasons that fit in a close frame. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  closeCodes,
  errorCodes,
  HeadgateError,
  invalidArgument,
  ProtocolError,
} from "../../protocol/errors.js";
import { parseClientFrame } from "../../protocol/parse-client-frame.js";
import { check, thrown, utf8 } from "./check.js";

describe("HeadgateError", () => {
  it("is retryable by its code, unless told otherwise", () => {
    const retryable = errorCodes.filter((code) => new HeadgateError(code, "m").retryable);
    expect(retryable).toEqual(["resource_exhausted", "unavailable"]);
    expect(new HeadgateError("unavailable", "m", { retryable: false }).retryable).toBe(false);
    expect(new HeadgateError("internal", "m", { retryable: true }).retryable).toBe(true);
  });

  it("says what it was told", () => {
    const cause = new Error("below");
    const error = new HeadgateError("unavailable", "m", { processed: "maybe", retryAfterMs: 7, cause });
    expect(error).toMatchObject({ code: "unavailable", message: "m", processed: "maybe", retryAfterMs: 7 });
    expect(error.cause).toBe(cause);
  });

  it("was surely not processed, unless told otherwise", () => {
    expect(new HeadgateError("internal", "m").processed).toBe("no");
    expect("cause" in new HeadgateError("internal", "m")).toBe(false);
  });

  it("names the field that is wrong", () => {
    expect(invalidArgument("a.b", "is odd")).toMatchObject({
      code: "invalid_argument",
      message: "a.b: is odd",
    });
  });
});

describe("ProtocolError", () => {
  it("is malformed, unless told otherwise", () => {
    expect(new ProtocolError("m").closeCode).toBe(4400);
    expect(new ProtocolError("m", closeCodes.badToken).closeCode).toBe(4401);
  });

  it("keeps a short plain message as it is", () => {
    expect(new ProtocolError("hello.token: missing").message).toBe("hello.token: missing");
  });

  it("has a message that a close frame can carry: printable ASCII of at most 123 bytes", () => {
    check(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        for (const value of [{ type: text }, { type: "hello", token: `${text}${"é".repeat(9_000)}` }]) {
          if (text === "hello") continue;
          const { message } = thrown(() => parseClientFrame(value, "json")) as Error;
          expect(message).toMatch(/^[\x20-\x7e]+$/);
          expect(utf8(message).length).toBeLessThanOrEqual(123);
        }
      }),
    );
  });
});
