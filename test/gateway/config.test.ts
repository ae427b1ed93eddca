import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../../gateway/config/parse.js";
import { requireSafeBinding } from "../../gateway/config/requirements.js";
import { scopes } from "../../gateway/config/scopes.js";

const key = { sha256: "0".repeat(64), tenant: "desk" };

describe("defaults", () => {
  it("are the limits of the protocol", () => {
    expect(parseConfig({})).toMatchObject({
      host: "127.0.0.1",
      port: 8470,
      models: "models",
      data: "data",
      auth: { keys: [], allowed_origins: [] },
      limits: {
        message_bytes: 33_554_432,
        requests_in_flight: 256,
        bytes_in_flight: 67_108_864,
        subscriptions: 128,
        outbox_bytes: 1_048_576,
      },
      heartbeat: { hello_ms: 10_000, ping_ms: 10_000, pong_ms: 8_000 },
      drain: { deadline_ms: 30_000, retry_min_ms: 500, retry_max_ms: 5_000 },
      regimes: { topic_events: 100_000 },
    });
  });

  it("fill what a part leaves out", () => {
    expect(parseConfig({ heartbeat: { ping_ms: 5 } }).heartbeat).toEqual({
      hello_ms: 10_000,
      ping_ms: 5,
      pong_ms: 8_000,
    });
    expect(parseConfig({ auth: { keys: [key] } }).auth.keys).toEqual([
      { ...key, namespace: "default", scopes: [...scopes], topics: ["*"] },
    ]);
  });

  it("keep a hash's letters small, as they are compared", () => {
    const upper = { ...key, sha256: "AB".repeat(32) };
    expect(parseConfig({ auth: { keys: [upper] } }).auth.keys[0]?.sha256).toBe("ab".repeat(32));
  });
});

/** Wrong settings, with the given and the allowed value in the error. */
const wrong: readonly [unknown, RegExp][] = [
  [[], /^the config: .*object/],
  [{ regimes: { file_bytes_max: 1_000 } }, /^regimes\.file_bytes_max: .*1048576/],
  [{ prot: 1 }, /^prot: no such setting; there are host, port, /],
  [{ limits: { conections: 1 } }, /^limits\.conections: no such setting; there are connections, /],
  [
    { auth: { keys: [{ ...key, tennant: "a" }] } },
    /^auth\.keys\.0\.tennant: no such setting; there are sha256, tenant, /,
  ],
  [{ port: 65_536 }, /^port: .*<=65535.*, got 65536$/],
  [{ port: "8470" }, /^port: .*expected.*number.*, got "8470"$/],
  [{ port: -1 }, /^port: .*>=0.*, got -1$/],
  [{ host: "" }, /^host: .*, got ""$/],
  [
    { auth: { keys: [{ sha256: "abc", tenant: "desk" }] } },
    /^auth\.keys\.0\.sha256: 64 hex digits: .*, got "abc"$/,
  ],
  [
    { auth: { keys: [{ ...key, tenant: "a desk" }] } },
    /^auth\.keys\.0\.tenant: 1 to 64 of letters.*, got "a desk"$/,
  ],
  [
    { auth: { keys: [{ ...key, tenant: "__proto__" }] } },
    /^auth\.keys\.0\.tenant: a name other than __proto__/,
  ],
  [{ auth: { keys: [{ ...key, namespace: "toString" }] } }, /^auth\.keys\.0\.namespace: a name other than/],
  [JSON.parse('{"tenants":{"__proto__":{"weight":2}}}'), /^tenants\.__proto__: /],
  [{ tenants: { constructor: { weight: 2 } } }, /^tenants\.constructor: /],
  [
    { auth: { keys: [{ ...key, expires_at: "tomorrow" }] } },
    /^auth\.keys\.0\.expires_at: .*, got "tomorrow"$/,
  ],
  [{ auth: { allowed_origins: ["desk"] } }, /^auth\.allowed_origins\.0: .*URL.*, got "desk"$/],
  [{ tls: { cert: "a.pem" } }, /^tls\.key: .*, got nothing$/],
  [{ tls: { cert: "a", key: "b", ca: "c" } }, /^tls\.ca: no such setting; there are cert, key, client_ca, /],
  [
    { tls: { cert: "a", key: "b", client_certificate: "require" } },
    /^tls\.client_certificate: needs tls\.client_ca, .*, got "require"$/,
  ],
  [
    { tls: { cert: "a", key: "b", client_ca: "c", client_certificate: "maybe" } },
    /^tls\.client_certificate: .*"request".*, got "maybe"$/,
  ],
  [{ tenants: { desk: { weight: 0 } } }, /^tenants\.desk\.weight: .*>=0\.01.*, got 0$/],
  [{ tenants: { desk: { quotas: { streams: -1 } } } }, /^tenants\.desk\.quotas\.streams: .*>=0.*, got -1$/],
  [{ engine: { model_workers: 0 } }, /^engine\.model_workers: .*>=1.*, got 0$/],
  [{ engine: { numeric_workers: 1.5 } }, /^engine\.numeric_workers: .*int.*, got 1\.5$/],
  [
    { engine: { model_workers: 4, model_threads_max: 3 } },
    /^engine: model_threads_max must not be below model_workers/,
  ],
  [{ engine: { execution_providers: ["rocm"] } }, /^engine\.execution_providers\.0: .*"cuda".*, got "rocm"$/],
  [{ repository: { poll_ms: 1 } }, /^repository\.poll_ms: .*>=50.*, got 1$/],
  [{ repository: { load: "never" } }, /^repository\.load: .*"first_use".*, got "never"$/],
  [{ limits: { message_bytes: 2 ** 31 } }, /^limits\.message_bytes: .*<=1073741824.*, got 2147483648$/],
  [{ heartbeat: { ping_ms: 0 } }, /^heartbeat\.ping_ms: .*, got 0$/],
  [{ drain: { retry_min_ms: 9, retry_max_ms: 8 } }, /^drain: retry_min_ms must not be above retry_max_ms/],
  [{ log_level: "loud" }, /^log_level: .*"info".*, got "loud"$/],
];

it.each(wrong)("%j is refused by name", (given, message) => {
  expect(() => parseConfig(given)).toThrow(ConfigError);
  expect(() => parseConfig(given)).toThrow(message);
});

it("every wrong setting is told, one a line", () => {
  expect(() => parseConfig({ port: -1, host: 3, engine: { gpus: 1 } })).toThrow(
    expect.objectContaining({ message: expect.stringMatching(/^(host|port|engine\.gpus): .*\n.*\n.*$/) }),
  );
});

describe("a binding beyond this machine", () => {
  const tls = { cert: "cert.pem", key: "key.pem" };
  const keys = { auth: { keys: [key] } };
  const required = (given: object, insecure = false) => requireSafeBinding(parseConfig(given), insecure);

  it.each([
    "127.0.0.1",
    "127.0.0.2",
    "127.255.255.254",
    "::1",
    "0:0:0:0:0:0:0:1",
    "::ffff:127.0.0.1",
    "localhost",
    "LocalHost",
  ])("is none: %s", (host) => {
    expect(() => required({ host, metrics: { host, port: 1 } })).not.toThrow();
  });

  it.each(["0.0.0.0", "::", "10.0.0.5", "128.0.0.1", "::ffff:10.0.0.5", "gate.example", "localhost.example"])(
    "needs TLS and keys, or a word that it is meant: %s",
    (host) => {
      const refusal = (given: object) => {
        try {
          required({ host, ...given });
        } catch (error) {
          return error instanceof ConfigError ? error.message : "another error";
        }
        return "none";
      };
      expect(refusal({})).toMatch(
        /^host: .* without TLS.*\nhost: .*no auth\.keys.*\nConfigure tls\.cert.*--insecure/,
      );
      expect(refusal(keys)).toMatch(/^host: .* without TLS[^\n]*\nConfigure/);
      expect(refusal({ tls })).toMatch(/^host: .*no auth\.keys[^\n]*\nConfigure/);
      expect(refusal({ tls, ...keys })).toBe("none");
      const issuers = [{ issuer: "idp", audience: "headgate", jwks_file: "jwks.json" }];
      expect(refusal({ tls, auth: { issuers } })).toBe("none");
      expect(() => required({ host }, true)).not.toThrow();
    },
  );

  it("of the metrics alone needs TLS too, where they have a token", () => {
    const metrics = { host: "0.0.0.0", port: 8471, sha256: "a".repeat(64) };
    expect(() => required({ metrics })).toThrow(/^metrics\.host: 0\.0\.0\.0 .*without metrics\.tls/);
    expect(() => required({ metrics, tls })).toThrow(/^metrics\.host: /);
    expect(() => required({ metrics: { ...metrics, tls: true }, tls })).not.toThrow();
    expect(() => required({ metrics: { host: "0.0.0.0", port: 8471 } })).not.toThrow();
    expect(() => required({ metrics: { host: "0.0.0.0", port: 8471 }, ...keys })).toThrow(/^metrics\.host: /);
    expect(() => required({ metrics: { ...metrics, port: undefined } })).not.toThrow();
    expect(() => required({ metrics }, true)).not.toThrow();
  });
});
