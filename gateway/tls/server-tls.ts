/** TLS for the gateway's servers: the options that they are made with, and their certificate's renewal. */
import { constants } from "node:crypto";
import type { SecureContextOptions, Server, TlsOptions } from "node:tls";
import { ConfigError } from "../config/parse.js";
import { readTlsFiles, TlsFilesError, type TlsSettings } from "./tls-files.js";
import { type TlsMaterial, tlsMaterial, validityFault } from "./tls-material.js";
import { type ReloaderServices, TlsReloader } from "./tls-reloader.js";

export class ServerTls {
  private readonly servers = new Set<Server>();
  private readonly reloader: TlsReloader;

  private constructor(
    private readonly settings: TlsSettings,
    private material: TlsMaterial,
    services: ReloaderServices,
  ) {
    this.reloader = new TlsReloader(settings, material, (renewed) => this.renew(renewed), services);
    this.reloader.start();
  }

  /** @throws ConfigError when the files cannot be served */
  static async open(settings: TlsSettings, services: ReloaderServices): Promise<ServerTls> {
    try {
      const material = tlsMaterial(await readTlsFiles(settings), settings);
      const fault = validityFault(material, services.clock.wall());
      if (fault !== undefined)
        services.log.warn({ file: settings.cert }, `tls.cert: ${fault}: clients will refuse it`);
      if (material.names === undefined)
        services.log.warn(
          { file: settings.cert },
          "tls.cert: the certificate has no subject alternative name: clients will refuse it for any host",
        );
      return new ServerTls(settings, material, services);
    } catch (error) {
      throw error instanceof TlsFilesError ? new ConfigError(error.message) : error;
    }
  }

  /**
   * The options of a server's constructor.
   * @param asksForCertificate whether its clients show a certificate of `tls.client_ca`, where that is given
   */
  options(asksForCertificate: boolean): TlsOptions {
    const isAsked = asksForCertificate && this.settings.client_ca !== undefined;
    return {
      ...this.context,
      requestCert: isAsked,
      rejectUnauthorized: isAsked && this.settings.client_certificate !== "request",
      ALPNProtocols: ["http/1.1"], // a WebSocket is opened by HTTP/1.1 alone
    };
  }

  /** Gives a server each renewed certificate. */
  keepRenewed(server: Server): void {
    this.servers.add(server);
  }

  close(): void {
    this.reloader.stop();
  }

  private get context(): SecureContextOptions {
    const { cert, key, client_ca } = this.material.files;
    // A resumed session is not verified anew: a client certificate would be accepted beyond its expiry.
    const tickets = client_ca === undefined ? 0 : constants.SSL_OP_NO_TICKET;
    return {
      cert,
      key,
      ...(client_ca !== undefined && { ca: client_ca }),
      minVersion: "TLSv1.2",
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION | tickets,
    };
  }

  private renew(material: TlsMaterial): void {
    this.material = material;
    for (const server of this.servers) server.setSecureContext(this.context);
  }
}
