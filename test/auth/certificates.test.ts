/** Who a client certificate stands for: by its subject alternative names, and only where no token says otherwise. */
import { describe, expect, it } from "vitest";
import { Certificates } from "../../gateway/auth/certificates.js";
import { parseConfig } from "../../gateway/config/parse.js";
import { requireCertificates } from "../../gateway/config/requirements.js";
import { FakeClock } from "../support/clock.js";

const clock = new FakeClock();
const expiresAt = clock.wall() + 1_000;
const known = new Certificates(
  parseConfig({
    auth: {
      certificates: [
        {
          subject_alt_name: "DNS:Agent-1.desk",
          tenant: "alpha",
          scopes: ["models:infer"],
          topics: ["regime.a"],
        },
        { subject_alt_name: "URI:spiffe://desk/Agent", tenant: "beta", namespace: "desk-2" },
      ],
    },
  }).auth.certificates,
  (tenant) => (tenant === "alpha" ? 2 : 1),
  clock,
);
const shown = (...subjectAltNames: string[]) => ({ subjectAltNames, expiresAt, fault: undefined });

it("one of a configured name is accepted, with what that grants, until it expires", () => {
  expect(known.authenticate({ certificate: shown("DNS:other", "DNS:agent-1.desk") })).toEqual({
    kind: "accepted",
    principal: {
      tenant: "alpha",
      namespace: "default",
      weight: 2,
      expiresAt,
      subject: "certificate:DNS:Agent-1.desk",
      scopes: new Set(["models:infer"]),
      topics: ["regime.a"],
    },
  });
});

it("hosts' names have no case, and other names have", () => {
  expect(known.authenticate({ certificate: shown("DNS:AGENT-1.DESK") }).kind).toBe("accepted");
  expect(known.authenticate({ certificate: shown("URI:spiffe://desk/Agent") }).kind).toBe("accepted");
  expect(known.authenticate({ certificate: shown("URI:spiffe://desk/agent") }).kind).toBe("refused");
});

it("of several configured names the first in the config decides, whatever the certificate's order", () => {
  for (const names of [
    ["DNS:agent-1.desk", "URI:spiffe://desk/Agent"],
    ["URI:spiffe://desk/Agent", "DNS:agent-1.desk"],
  ])
    expect(known.authenticate({ certificate: shown(...names) })).toMatchObject({
      principal: { tenant: "alpha" },
    });
});

describe("is refused with the reason", () => {
  it.each([
    [shown("DNS:agent-2.desk"), "certificate", /no auth\.certificates for DNS:agent-2\.desk/],
    [shown("DNS:x.agent-1.desk"), "certificate", /no auth\.certificates/],
    [shown("URI:agent-1.desk"), "certificate", /no auth\.certificates/],
    [shown(), "certificate", /has no DNS or URI subject alternative name/],
    [{ ...shown("DNS:agent-1.desk"), fault: "SELF_SIGNED_CERT_IN_CHAIN" }, "certificate", /SELF_SIGNED/],
  ])("%j", (certificate, reason, detail) => {
    expect(known.authenticate({ certificate })).toEqual({
      kind: "refused",
      reason,
      detail: expect.stringMatching(detail),
    });
  });

  it("expired, also where the connection began before", () => {
    const certificate = { ...shown("DNS:agent-1.desk"), expiresAt: clock.wall() };
    expect(known.authenticate({ certificate })).toEqual({ kind: "refused", reason: "expired" });
  });

  it("and a log line of bounded length, however many names it has", () => {
    const names = Array.from({ length: 10_000 }, (_, i) => `DNS:${i}.desk`);
    const refusal = known.authenticate({ certificate: shown(...names) });
    expect(JSON.stringify(refusal).length).toBeLessThan(700);
  });
});

it("a token decides before it, and no certificate is none of its business", () => {
  const unknown = { kind: "refused", reason: "unknown" };
  expect(known.authenticate({ token: "any", certificate: shown("DNS:agent-1.desk") })).toEqual(unknown);
  expect(known.authenticate({ token: "any" })).toEqual(unknown);
});

describe("in the config", () => {
  const entry = (subject_alt_name: string) => ({ subject_alt_name, tenant: "alpha" });
  const checked = (certificates: object[], tls?: object) =>
    requireCertificates(parseConfig({ auth: { certificates }, ...(tls && { tls }) }));
  const tls = { cert: "a", key: "b", client_ca: "c" };

  it.each([
    "agent-1.desk",
    "CN:agent",
    "DNS:",
    "DNS:*.desk",
    "DNS:a b",
    "URI:https://desk/agent",
    "URI:spiffe://",
  ])("%s is no name", (name) => {
    expect(() => checked([entry(name)], tls)).toThrow(
      /^auth\.certificates\.0\.subject_alt_name: DNS: and a host's name, or URI: and a SPIFFE/,
    );
  });

  it("needs authorities, and each name once", () => {
    expect(() => checked([entry("DNS:a"), entry("URI:spiffe://a")], tls)).not.toThrow();
    expect(() => checked([])).not.toThrow();
    expect(() => checked([entry("DNS:a")])).toThrow(/^auth\.certificates: .*tls\.client_ca/);
    expect(() => checked([entry("DNS:a"), entry("DNS:a")], tls)).toThrow(
      /^auth\.certificates\.1\.subject_alt_name: DNS:a occurs twice$/,
    );
  });
});
