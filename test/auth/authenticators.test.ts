import { pino } from "pino";
import { expect, it } from "vitest";
import type { Authentication, Authenticator } from "../../gateway/auth/authenticator.js";
import { Authenticators } from "../../gateway/auth/authenticators.js";
import { LogLimit } from "../../gateway/observe/log-limit.js";
import { FakeClock } from "../support/clock.js";
import { keptLog } from "../support/kept-log.js";
import { anybody } from "../support/requests.js";

const accepted: Authentication = { kind: "accepted", principal: anybody };

const answering = (method: string, answer: Authentication | Promise<Authentication>): Authenticator => ({
  method,
  authenticate: () => answer,
});

function together(...list: Authenticator[]) {
  const lines: Record<string, unknown>[] = [];
  const counted: string[] = [];
  const figures = {
    authenticated: (method: string, outcome: string) => void counted.push(`${method} ${outcome}`),
  };
  const authenticators = new Authenticators(list, figures, keptLog(lines), new LogLimit(new FakeClock()));
  return { authenticators, lines, counted };
}

it("the first that recognises a credential decides, at once where none has to wait", () => {
  const never = answering("late", accepted);
  const { authenticators, counted } = together(
    answering("key", { kind: "refused", reason: "unknown" }),
    answering("jwt", { kind: "refused", reason: "expired" }),
    never,
  );
  expect(authenticators.authenticate({ token: "t" })).toEqual({ kind: "refused", reason: "expired" });
  expect(counted).toEqual(["jwt expired"]);
});

it("one that has to wait is waited for, and the next is asked after it", async () => {
  const { authenticators, counted } = together(
    answering("jwt", Promise.resolve({ kind: "refused", reason: "unknown" })),
    answering("key", accepted),
  );
  expect(await authenticators.authenticate({ token: "t" })).toEqual(accepted);
  expect(counted).toEqual(["key accepted"]);
});

it("a refusal is logged with its reason, without the token, and once for a flood of them", () => {
  const { authenticators, lines, counted } = together(
    answering("jwt", { kind: "refused", reason: "wrong_audience", detail: "for another service" }),
  );
  for (let i = 0; i < 1_000; i++) void authenticators.authenticate({ token: "secret-token" });
  expect(lines).toMatchObject([{ method: "jwt", reason: "wrong_audience", detail: "for another service" }]);
  expect(JSON.stringify(lines)).not.toContain("secret");
  expect(counted).toHaveLength(1_000);
});

it("without any, everybody may; with one, nobody without credentials", () => {
  const log = pino({ level: "silent" });
  const limit = new LogLimit(new FakeClock());
  const open = new Authenticators([], { authenticated: () => {} }, log, limit, 3);
  expect(open.authenticate({})).toMatchObject({ principal: { subject: "anonymous", weight: 3 } });
  expect(together(answering("key", accepted)).authenticators.authenticate({})).toEqual({
    kind: "refused",
    reason: "missing",
  });
});
