/** How much a connection may have in flight. Past it a request is refused; reading never pauses. */
import { HeadgateError } from "../../../protocol/errors.js";

export class Credits {
  private requests = 0;
  private bytes = 0;

  constructor(
    private readonly requestsMax: number,
    private readonly bytesMax: number,
  ) {}

  /** @throws HeadgateError resource_exhausted; nothing is taken then */
  take(bytes: number): void {
    if (this.requests >= this.requestsMax)
      throw new HeadgateError(
        "resource_exhausted",
        `${this.requestsMax} requests are in flight on this connection`,
      );
    this.takeBytes(bytes);
    this.requests++;
  }

  /** For what has no id and so no answer. */
  takeBytes(bytes: number): void {
    if (bytes > this.bytesMax)
      throw new HeadgateError(
        "resource_exhausted",
        `the request has ${bytes} bytes, limits.bytes_in_flight is ${this.bytesMax}`,
        { retryable: false },
      );
    if (this.bytes + bytes > this.bytesMax)
      throw new HeadgateError(
        "resource_exhausted",
        `${this.bytes} bytes are in flight on this connection and this request has ${bytes}; the limit is ${this.bytesMax}`,
      );
    this.bytes += bytes;
  }

  give(bytes: number): void {
    this.requests--;
    this.giveBytes(bytes);
  }

  giveBytes(bytes: number): void {
    this.bytes -= bytes;
  }
}
