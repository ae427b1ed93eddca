/** Where a gateway on this machine answers health checks, by its config. */

export interface HealthAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/** The settings that say where the gateway answers health checks. The gateway itself has checked their types. */
export interface AddressSettings {
  readonly host?: string;
  readonly port?: number;
  readonly tls?: object;
  readonly metrics?: { readonly host?: string; readonly port?: number; readonly tls?: boolean };
}

/** Addresses that stand for all addresses of a machine, and the loopback address that reaches them. */
const loopbackOf: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" };

/** A separate port for metrics is asked first: it asks for no client certificate. */
export function healthAddress({ host, port, tls, metrics }: AddressSettings): HealthAddress {
  const apart = metrics?.port !== undefined;
  const listening = (apart ? metrics.host : host) ?? "127.0.0.1";
  return {
    host: loopbackOf[listening] ?? listening,
    port: (apart ? metrics.port : port) ?? 8470,
    tls: tls !== undefined && (!apart || metrics.tls === true),
  };
}
