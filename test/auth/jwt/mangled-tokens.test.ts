/** Whatever is done to a token, it is not accepted, and nothing is thrown. */
import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { JwtBench } from "../../support/authenticating.js";
import { joined, TestIssuer, validClaims } from "../../support/issuer.js";

const name = "https://idp.example";
let bench: JwtBench;
let token: string;

beforeAll(async () => {
  const issuer = await TestIssuer.create(name);
  bench = await JwtBench.of([issuer]);
  // Long enough for all the cool-downs that unknown keys wait for.
  token = await issuer.token({ exp: 2_000_000_000 });
  expect(await bench.outcome(token)).toBe("accepted");
});

const refused = async (mangled: string) => {
  fc.pre(mangled !== token);
  expect(await bench.outcomeInTime(mangled)).not.toBe("accepted");
};

const index = fc.nat(2_000);
const piece = fc.string({ maxLength: 8, unit: "binary" });

it("a piece that is replaced, inserted or removed", async () => {
  const cut = fc.tuple(index, fc.nat(20), piece);
  await fc.assert(
    fc.asyncProperty(cut, async ([at, length, text]) => {
      const from = at % (token.length + 1);
      await refused(token.slice(0, from) + text + token.slice(from + length));
    }),
    { numRuns: 1_000 },
  );
});

it("a character that is exchanged, at each place", async () => {
  for (let i = 0; i < token.length; i++)
    for (const other of ["A", "_", ".", "=", " ", "\u0000", "é"]) {
      if (token[i] !== other) await refused(token.slice(0, i) + other + token.slice(i + 1));
    }
});

it("parts in another order, missing, doubled, and of anything", async () => {
  const part = fc.oneof(fc.constantFrom(...token.split(".")), piece, fc.base64String(), fc.constant(""));
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 5 }), (parts) => refused(parts.join("."))),
    { numRuns: 1_000 },
  );
});

it("any JSON as header and claims, with the signature of another token", async () => {
  const signature = token.split(".")[2];
  const field = fc.oneof(fc.jsonValue(), fc.constantFrom("ES256", "none", "key-1", "JWT", name, "headgate"));
  const header = fc.record(
    { alg: field, kid: field, typ: field, crit: field, jwk: field },
    { requiredKeys: [] },
  );
  const own = { ...validClaims(name), exp: 2_000_000_000 };
  const claims = fc.record(
    { iss: field, aud: field, exp: field, nbf: field, iat: field, sub: field, scope: field, hg: field },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(header, claims, fc.boolean(), async (head, some, whole) => {
      const payload = whole ? { ...own, ...some } : some;
      const good = { alg: "ES256", kid: "key-1" };
      await refused(
        joined(JSON.stringify(whole ? { ...good, ...head } : head), JSON.stringify(payload), signature),
      );
    }),
    { numRuns: 1_000 },
  );
});
