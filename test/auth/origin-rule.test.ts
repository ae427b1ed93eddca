import { describe, expect, it } from "vitest";
import { isLoopback, OriginRule } from "../../gateway/auth/origin-rule.js";

const local = new OriginRule({
  bound: "127.0.0.1",
  allowedOrigins: ["https://desk.example"],
  allowedHosts: ["Gateway.example"],
});
const remote = new OriginRule({ bound: "0.0.0.0", allowedOrigins: [], allowedHosts: ["gateway.example"] });

describe("a gateway on a loopback address", () => {
  it.each([
    { host: "127.0.0.1:8470" },
    { host: "localhost:8470" },
    { host: "LOCALHOST" },
    { host: "[::1]:8470" },
    { host: "gateway.example" },
    { host: undefined },
    { host: "127.0.0.1:8470", origin: "http://127.0.0.1:8470" },
    { host: "localhost:8470", origin: "http://localhost:8470" },
    { host: "gateway.example", origin: "https://gateway.example" },
    { host: "127.0.0.1:8470", origin: "https://desk.example" },
  ])("lets %j pass", (address) => expect(local.problem(address)).toBeUndefined());

  it.each([
    { host: "evil.example" },
    { host: "evil.example:8470", origin: "http://evil.example:8470" }, // DNS rebinding
    { host: "localhost.evil.example" },
    { host: "127.0.0.1.evil.example" },
    { host: "evil.example#127.0.0.1" },
    { host: "127.0.0.1:8470:1" },
    { host: "" },
    { host: "evil.example", origin: "https://desk.example" },
  ])("refuses the Host of %j", (address) => expect(local.problem(address)).toMatch(/Host/));

  it.each([
    { host: "127.0.0.1:8470", origin: "http://evil.example" },
    { host: "127.0.0.1:8470", origin: "http://127.0.0.1:3000" }, // another server on the same machine
    { host: "127.0.0.1:8470", origin: "http://localhost:8470" },
    { host: "127.0.0.1:8470", origin: "null" },
    { host: "127.0.0.1:8470", origin: "" },
    { host: "127.0.0.1:8470", origin: "file://127.0.0.1:8470" },
    { host: "127.0.0.1:8470", origin: "http://desk.example" },
    { host: undefined, origin: "http://evil.example" },
  ])("refuses the Origin of %j", (address) => expect(local.problem(address)).toMatch(/Origin/));
});

describe("a gateway on another address", () => {
  it.each([
    { host: "anything.example" },
    { host: "10.0.0.5:8470", origin: "http://10.0.0.5:8470" },
    { host: "gateway.example", origin: "https://gateway.example" },
  ])("lets %j pass", (address) => expect(remote.problem(address)).toBeUndefined());

  it.each([
    { host: "evil.example", origin: "http://evil.example" }, // rebound to the gateway's address
    { host: "gateway.example", origin: "https://evil.example" },
    { host: "10.0.0.5:8470", origin: "http://10.0.0.5" },
  ])("refuses the Origin of %j", (address) => expect(remote.problem(address)).toMatch(/Origin/));
});

it("the public URL is a host and an origin that pass", () => {
  const rule = new OriginRule({
    bound: "127.0.0.1",
    allowedOrigins: [],
    allowedHosts: [],
    publicUrl: "https://hg.example:8443/gateway",
  });
  expect(rule.problem({ host: "hg.example:8443", origin: "https://hg.example:8443" })).toBeUndefined();
  // A proxy that names itself by another Host, and passes the browser's Origin on.
  expect(rule.problem({ host: "127.0.0.1:8470", origin: "https://hg.example:8443" })).toBeUndefined();
  expect(rule.problem({ host: "127.0.0.1:8470", origin: "https://hg.example" })).toMatch(/Origin/);
});

it("a bound name is one of the gateway's", () => {
  const rule = new OriginRule({ bound: "gw.internal", allowedOrigins: [], allowedHosts: [] });
  expect(rule.problem({ host: "gw.internal:8470", origin: "http://gw.internal:8470" })).toBeUndefined();
});

it.each([
  ["127.0.0.1", true],
  ["127.8.9.10", true],
  ["::1", true],
  ["localhost", true],
  ["0.0.0.0", false],
  ["::", false],
  ["10.0.0.1", false],
  ["127.evil.example", false],
])("%s is a loopback address: %s", (address, is) => expect(isLoopback(address)).toBe(is));
