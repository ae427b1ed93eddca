/**
 * Looks at the files of the `tls` settings at intervals, and takes up what changed. It reads them rather than waiting
 * for the operating system's notifications, which miss a rename and the exchange of a symbolic link by Kubernetes.
 * Files that cannot be used change nothing: what is served goes on being served, and they are tried again.
 */
import type { Logger } from "pino";
import type { Clock } from "../clock.js";
import type { TlsMetrics } from "../observe/tls-metrics.js";
import { readTlsFiles, sameFiles, type TlsFiles, TlsFilesError, type TlsSettings } from "./tls-files.js";
import { type TlsMaterial, tlsMaterial, validityFault } from "./tls-material.js";

/**
 * Milliseconds after which files that have changed are read again. They are taken up when both readings are the same,
 * because the certificate is often written a moment before its key, and a chain one certificate after another.
 */
const settleMs = 250;

export interface ReloaderServices {
  readonly clock: Pick<Clock, "after" | "wall">;
  readonly log: Pick<Logger, "info" | "warn" | "error">;
  readonly metrics: TlsMetrics;
}

export class TlsReloader {
  private changed: TlsFiles | undefined;
  /** The fault that was logged last, so that each is logged once and not at every look. */
  private logged = "";
  private isExpiryLogged = false;
  private cancel: (() => void) | undefined;
  private isStopped = false;

  constructor(
    private readonly settings: TlsSettings,
    private current: TlsMaterial,
    private readonly apply: (material: TlsMaterial) => void,
    private readonly services: ReloaderServices,
  ) {
    services.metrics.begin(() => this.current.validUntil / 1_000);
  }

  start(): void {
    this.after(this.settings.reload_ms);
  }

  stop(): void {
    this.isStopped = true;
    this.cancel?.();
  }

  /** One look at the files. @returns milliseconds until the next */
  async look(): Promise<number> {
    this.tellExpiry();
    try {
      return this.consider(await readTlsFiles(this.settings));
    } catch (error) {
      if (!(error instanceof TlsFilesError)) throw error;
      this.failed(error);
      return this.settings.reload_ms;
    }
  }

  private after(ms: number): void {
    if (this.isStopped) return;
    this.cancel = this.services.clock.after(ms, () => void this.look().then((next) => this.after(next)));
  }

  private consider(files: TlsFiles): number {
    const { reload_ms } = this.settings;
    if (sameFiles(files, this.current.files)) {
      this.changed = undefined;
      this.usable();
      return reload_ms;
    }
    if (this.changed === undefined || !sameFiles(files, this.changed)) {
      this.changed = files;
      return Math.min(settleMs, reload_ms);
    }
    this.take(tlsMaterial(files, this.settings));
    return reload_ms;
  }

  private take(material: TlsMaterial): void {
    const { clock, log, metrics } = this.services;
    const fault = validityFault(material, clock.wall());
    // A certificate that clients refuse does not replace one that they accept.
    if (fault !== undefined && validityFault(this.current, clock.wall()) === undefined)
      throw new TlsFilesError("expired", "cert", `${this.settings.cert}: ${fault}`);
    this.apply(material);
    this.current = material;
    this.changed = undefined;
    this.logged = "";
    this.isExpiryLogged = false;
    metrics.reloaded("applied");
    metrics.current(true);
    log.info(
      { names: material.names, valid_until: new Date(material.validUntil).toISOString() },
      "the TLS certificate was reloaded; existing connections keep the one that they began with",
    );
    this.tellExpiry();
  }

  private failed({ kind, message }: TlsFilesError): void {
    const { log, metrics } = this.services;
    metrics.reloaded(kind);
    metrics.current(false);
    if (message === this.logged) return;
    this.logged = message;
    log.error(
      { reason: message, kind },
      "the TLS files cannot be used: the certificate that was loaded before is served on, and they are tried again",
    );
  }

  private usable(): void {
    if (this.logged === "") return;
    this.logged = "";
    this.services.metrics.current(true);
    this.services.log.info("the TLS files hold the certificate that is served again");
  }

  private tellExpiry(): void {
    const fault = validityFault(this.current, this.services.clock.wall());
    if (fault === undefined || this.isExpiryLogged) return;
    this.isExpiryLogged = true;
    this.services.log.error(
      { names: this.current.names },
      `${fault}, and clients refuse it: put a new one into ${this.settings.cert}`,
    );
  }
}
