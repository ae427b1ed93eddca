/**
 * Which Host and Origin a request may name: one rule before every route and every upgrade. A browser sends any web
 * page's requests to a gateway on its own machine or network, and DNS rebinding lets such a page share the gateway's
 * name. Pure.
 */
import { isIP } from "node:net";

export interface OriginRuleOptions {
  /** The address that the gateway listens on. */
  readonly bound: string;
  /** Origins of other sites that may send requests, such as `https://desk.example`. */
  readonly allowedOrigins: readonly string[];
  /** Names under which the gateway is reached, such as `gateway.example`. */
  readonly allowedHosts: readonly string[];
  /** The address under which clients reach the gateway, through a proxy for example. */
  readonly publicUrl?: string | undefined;
}

export interface RequestAddress {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
}

export class OriginRule {
  private readonly origins: ReadonlySet<string>;
  private readonly hosts: ReadonlySet<string>;
  private readonly isLoopback: boolean;

  constructor({ bound, allowedOrigins, allowedHosts, publicUrl }: OriginRuleOptions) {
    const url = publicUrl === undefined ? undefined : new URL(publicUrl);
    this.origins = new Set([...allowedOrigins, ...(url === undefined ? [] : [url.origin])]);
    this.hosts = new Set([
      ...allowedHosts.map((host) => host.toLowerCase()),
      ...(url === undefined ? [] : [url.hostname]),
      ...(isIP(bound) === 0 ? [bound.toLowerCase()] : []),
    ]);
    this.isLoopback = isLoopback(bound);
  }

  /**
   * What is wrong with a request's Host or Origin; undefined when it may pass. A request without Origin comes from a
   * program, or from a browser that follows a link, and passes with a Host that is known.
   */
  problem({ host, origin }: RequestAddress): string | undefined {
    const name = host === undefined ? undefined : hostname(host);
    // Whoever reaches a loopback address under a name that nobody configured was led there by DNS.
    if (host !== undefined && this.isLoopback && !this.isKnown(name))
      return "this Host is not known here: name it in auth.allowed_hosts";
    if (origin === undefined || this.origins.has(origin)) return undefined;
    if (this.isKnown(name) && isSameHost(origin, host)) return undefined;
    return "this Origin is not in auth.allowed_origins";
  }

  /** Whether an origin is one of the allow-list, so that its pages may read answers. */
  isListed(origin: string | undefined): boolean {
    return origin !== undefined && this.origins.has(origin);
  }

  /** Whether a name surely means this gateway: nobody can make another machine's DNS answer to an IP address. */
  private isKnown(name: string | undefined): boolean {
    if (name === undefined) return false;
    return isIP(name) !== 0 || name === "localhost" || this.hosts.has(name);
  }
}

/** The name or address in a Host header, without port and brackets, in lower case; undefined when it is none. */
function hostname(host: string): string | undefined {
  const found = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(host);
  return (found?.[1] ?? found?.[2])?.toLowerCase();
}

function isSameHost(origin: string, host: string | undefined): boolean {
  const found = /^https?:\/\/([^/]+)$/.exec(origin)?.[1];
  return found !== undefined && found.toLowerCase() === host?.toLowerCase();
}

/** All of 127.0.0.0/8, ::1 and `localhost`. */
export function isLoopback(address: string): boolean {
  return /^127(?:\.\d{1,3}){3}$/.test(address) || address === "::1" || address.toLowerCase() === "localhost";
}
