import { describe, expect, it } from "vitest";
import { ConfigError, parseConfig } from "../../gateway/config/parse.js";
import { ClientAddresses } from "../../gateway/faces/websocket/client-addresses.js";

const direct = new ClientAddresses([]);
const behind = new ClientAddresses(["10.0.0.7", "10.1.0.0/16", "fd00::/8"]);

describe("a client's address", () => {
  it("is the peer's, whatever a header says, where no proxy is trusted", () => {
    expect(direct.groupOf("192.0.2.1", "198.51.100.9")).toBe("192.0.2.1");
    expect(direct.groupOf("::ffff:192.0.2.1", undefined)).toBe("192.0.2.1");
    expect(direct.groupOf(undefined, "198.51.100.9")).toBe("");
  });

  it.each([
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
    ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
    ["2001:DB8:0001:0002::9", "2001:db8:1:2::/64"],
    ["2001:db8::1", "2001:db8:0:0::/64"],
    ["::1", "0:0:0:0::/64"],
    ["fe80::1%eth0", "fe80:0:0:0::/64"],
  ])("of IPv6 %s is its network of 64 bits", (address, group) => {
    expect(direct.groupOf(address, undefined)).toBe(group);
  });

  it("is what a trusted proxy has added, and the proxy's own where it added nothing that is an address", () => {
    expect(behind.groupOf("10.0.0.7", "198.51.100.9")).toBe("198.51.100.9");
    expect(behind.groupOf("::ffff:10.1.2.3", "198.51.100.9:4711")).toBe("198.51.100.9");
    expect(behind.groupOf("fd00::7", "[2001:db8:1:2::9]:4711")).toBe("2001:db8:1:2::/64");
    for (const given of [undefined, "", "unknown", "198.51.100.9, nonsense"])
      expect(behind.groupOf("10.0.0.7", given)).toBe("10.0.0.7");
  });

  it("is never what the client itself wrote before it", () => {
    expect(behind.groupOf("10.0.0.7", "203.0.113.5, 198.51.100.9")).toBe("198.51.100.9");
    expect(behind.groupOf("10.0.0.7", "203.0.113.5, 198.51.100.9, 10.1.0.1")).toBe("198.51.100.9");
    expect(behind.groupOf("192.0.2.1", "203.0.113.5, 10.0.0.7")).toBe("192.0.2.1");
  });
});

it("a proxy that is no address stops the start", () => {
  expect(() => parseConfig({ limits: { trusted_proxies: ["proxy.example"] } })).toThrow(ConfigError);
  expect(() => parseConfig({ limits: { trusted_proxies: ["10.0.0.0/33"] } })).toThrow(
    /^limits\.trusted_proxies\.0: /,
  );
  const { trusted_proxies } = parseConfig({ limits: { trusted_proxies: ["::1", "10.0.0.0/8"] } }).limits;
  expect(new ClientAddresses(trusted_proxies).groupOf("10.2.3.4", "192.0.2.1")).toBe("192.0.2.1");
});
