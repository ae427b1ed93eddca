import { expect, it } from "vitest";
import { BodyTooLargeError } from "../../gateway/faces/http/body-too-large.js";
import { errorResponse } from "../../gateway/faces/http/error-response.js";
import { errorCodes, HeadgateError } from "../../protocol/errors.js";

it.each(errorCodes)(
  "%s has a status that says whose fault it is, and a body that clients can read",
  async (code) => {
    const response = errorResponse(new HeadgateError(code, "inputs.X: must be FP32"));
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toMatchObject({ error: "inputs.X: must be FP32", code });
  },
);

it("what may be tried again says when, in whole seconds", () => {
  const after = (retryAfterMs?: number) =>
    errorResponse(
      new HeadgateError("resource_exhausted", "the queue is full", {
        ...(retryAfterMs !== undefined && { retryAfterMs }),
      }),
    );
  expect([after(2_001).status, after(2_001).headers.get("retry-after")]).toEqual([429, "3"]);
  expect(after(3).headers.get("retry-after")).toBe("1");
  expect(after().headers.get("retry-after")).toBe("1");
});

it("a body that is too large is 413, a quota that frees nothing by itself 429, and neither says when to come again", () => {
  const full = new HeadgateError("resource_exhausted", "too many streams", { retryable: false });
  const answers = [new BodyTooLargeError("too large"), full].map((error) => errorResponse(error));
  expect(answers.map(({ status, headers }) => [status, headers.get("retry-after")])).toEqual([
    [413, null],
    [429, null],
  ]);
});
