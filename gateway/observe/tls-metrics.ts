/** Metrics of TLS. They are registered when TLS is set up: an expiry of 0 would alarm where there is no certificate. */
import { Counter, Gauge, type Registry } from "prom-client";

export class TlsMetrics {
  private reloads: Counter<"outcome"> | undefined;
  private failures: Counter<"reason"> | undefined;
  private isCurrent = 1;

  constructor(private readonly registry: Registry) {}

  /** @param expiry the time at which the certificate that is served expires, in seconds since the epoch */
  begin(expiry: () => number): void {
    const registers = [this.registry];
    this.reloads = new Counter({
      name: "headgate_tls_reloads_total",
      help: "Attempts to take up changed TLS files, by outcome: applied, unreadable, malformed, encrypted, mismatch, expired",
      labelNames: ["outcome"],
      registers,
    });
    this.failures = new Counter({
      name: "headgate_tls_handshake_failures_total",
      help: "TLS handshakes that came to nothing, by reason",
      labelNames: ["reason"],
      registers,
    });
    this.gauge(
      "headgate_tls_certificate_expiry_seconds",
      "When the certificate that is served expires, in seconds since the epoch",
      expiry,
    );
    this.gauge(
      "headgate_tls_files_usable",
      "1 while the TLS files hold what is served, 0 while they cannot be used",
      () => this.isCurrent,
    );
  }

  reloaded(outcome: string): void {
    this.reloads?.inc({ outcome });
  }

  /** Notes whether the files can be used. */
  current(isCurrent: boolean): void {
    this.isCurrent = Number(isCurrent);
  }

  handshakeFailed(reason: string): void {
    this.failures?.inc({ reason });
  }

  private gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }
}
