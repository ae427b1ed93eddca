/**
 * Tells the clients' addresses apart, for the bound on connections that have brought no token. Behind a proxy every
 * connection comes from the proxy's address: the client's is then what a trusted proxy has added to X-Forwarded-For.
 * Pure.
 */
import { BlockList, isIP, isIPv6 } from "node:net";

/** Networks in which one subscriber usually has all addresses: a bound on single ones would bind nobody. */
const ipv6GroupBits = 64;

export class ClientAddresses {
  private readonly trusted = new BlockList();

  /** @param trustedProxies addresses, and networks such as `10.0.0.0/8` */
  constructor(trustedProxies: readonly string[]) {
    for (const each of trustedProxies) {
      const [network = "", bits] = each.split("/");
      if (bits === undefined) this.trusted.addAddress(network, family(network));
      else this.trusted.addSubnet(network, Number(bits), family(network));
    }
  }

  /**
   * The address by which a connection counts: of IPv6 its network.
   * @param remote the peer of the TCP connection
   * @param forwardedFor the header X-Forwarded-For: each proxy adds its own peer at the end
   */
  groupOf(remote: string | undefined, forwardedFor: string | undefined): string {
    return groupOf(this.clientOf(plain(remote ?? ""), forwardedFor));
  }

  private clientOf(remote: string, forwardedFor: string | undefined): string {
    let client = remote;
    if (forwardedFor === undefined) return client;
    // From the end: what stands before an address that nobody vouches for may be made up.
    for (const entry of forwardedFor.split(",").reverse()) {
      const next = plain(withoutPort(entry.trim()));
      if (!this.isTrusted(client) || isIP(next) === 0) return client;
      client = next;
    }
    return client;
  }

  private isTrusted(address: string): boolean {
    return isIP(address) !== 0 && this.trusted.check(address, family(address));
  }
}

function family(address: string): "ipv4" | "ipv6" {
  return isIPv6(address) ? "ipv6" : "ipv4";
}

/** An IPv4 address that a socket for both families shows as `::ffff:1.2.3.4`, and an IPv6 address without its zone. */
function plain(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return mapped ?? address.split("%")[0] ?? "";
}

function withoutPort(entry: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(entry)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(entry)?.[1] ?? entry;
}

function groupOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const before = head.split(":").filter((part) => part !== "");
  const after = (tail ?? "").split(":").filter((part) => part !== "");
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => "0");
  const groups = [...before, ...zeros, ...after].slice(0, ipv6GroupBits / 16);
  return `${groups.map((part) => part.replace(/^0+(?=.)/, "")).join(":")}::/${ipv6GroupBits}`;
}
