/** What every authenticator promises, whatever kind of credentials it recognises. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Authentication, Authenticator, Credentials } from "../../gateway/auth/authenticator.js";
import { isScope } from "../../gateway/auth/scopes.js";
import { topicPattern } from "../../gateway/config/scopes.js";
import { name } from "../../gateway/config/values.js";

export interface AuthenticatorBench {
  readonly authenticator: Authenticator;
  /** Credentials of its kind that it accepts. */
  readonly accepted: Credentials;
  /** Credentials of its kind that it refuses. */
  readonly refused: readonly Credentials[];
}

export function authenticatorConformance(kind: string, make: () => Promise<AuthenticatorBench>): void {
  describe(`${kind}: the promises of every authenticator`, () => {
    it("accepted credentials give a whole principal", async () => {
      const { authenticator, accepted } = await make();
      const authentication = await authenticator.authenticate(accepted);
      if (authentication.kind === "refused") throw new Error(`refused: ${authentication.reason}`);
      const { tenant, namespace, weight, expiresAt, subject, scopes, topics } = authentication.principal;
      expect(name.safeParse(tenant).success).toBe(true);
      expect(name.safeParse(namespace).success).toBe(true);
      expect(weight).toBeGreaterThan(0);
      expect(expiresAt).toBeGreaterThan(0);
      expect([...scopes].filter((scope) => !isScope(scope))).toEqual([]);
      expect(topics.filter((topic) => !topicPattern.safeParse(topic).success)).toEqual([]);
      expect(subject).toMatch(/^[\x20-\x7e]+$/);
      if (accepted.token !== undefined) expect(subject).not.toContain(accepted.token);
      await authenticator.close?.();
    });

    it("the same credentials are accepted again and again, at once and later", async () => {
      const { authenticator, accepted } = await make();
      const all = Array.from({ length: 20 }, async () => authenticator.authenticate(accepted));
      const first = await authenticator.authenticate(accepted);
      expect(await Promise.all(all)).toEqual(Array(20).fill(first));
      expect(await authenticator.authenticate(accepted)).toEqual(first);
      await authenticator.close?.();
    });

    it("nothing at all is left to the next authenticator", async () => {
      const { authenticator } = await make();
      expect(await authenticator.authenticate({})).toEqual({ kind: "refused", reason: "unknown" });
      await authenticator.close?.();
    });

    it("refused credentials are refused, in words that hold no part of them", async () => {
      const { authenticator, refused } = await make();
      for (const credentials of refused) {
        const authentication = await authenticator.authenticate(credentials);
        expect(authentication.kind).toBe("refused");
        if (credentials.token !== undefined) expect(quotes(authentication, credentials.token)).toBe(false);
      }
      await authenticator.close?.();
    });

    it("no text that is not a token is accepted, and none makes it throw or reject", async () => {
      const { authenticator } = await make();
      const text = fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(fc.base64String(), { maxLength: 4 }).map((parts) => parts.join(".")),
        fc.constantFrom("", ".", "..", "__proto__", "ä.ö.ü", "\u0000"),
      );
      expect((await authenticator.authenticate({ token: "a".repeat(1_000_000) })).kind).toBe("refused");
      await fc.assert(
        fc.asyncProperty(text, async (token) => {
          expect((await authenticator.authenticate({ token })).kind).toBe("refused");
        }),
      );
      await authenticator.close?.();
    });
  });
}

/** Whether a refusal's text holds a piece of twelve characters of the token. */
function quotes(authentication: Authentication, token: string): boolean {
  if (authentication.kind === "accepted") return false;
  const { detail = "" } = authentication;
  for (let at = 0; at + 12 <= token.length; at++) if (detail.includes(token.slice(at, at + 12))) return true;
  return false;
}
