/**
 * Limits the number and the bytes of a connection's requests in flight. A request beyond the limit is refused; the
 * socket is never paused for it.
 */
import { HeadgateError } from "../../../protocol/errors.js";

export class Credits {
  private requests = 0;
  private bytes = 0;

  constructor(
    private readonly requestsMax: number,
    private readonly bytesMax: number,
  ) {}

  /** @throws HeadgateError resource_exhausted; then no credit is used */
  take(bytes: number): void {
    if (this.requests >= this.requestsMax)
      throw new HeadgateError(
        "resource_exhausted",
        `${this.requestsMax} requests are in flight on this connection`,
      );
    this.takeBytes(bytes);
    this.requests++;
  }

  /** For a frame without an id, which gets no answer and uses no request credit. */
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
