/**
 * Signs the body of a webhook request, so that the receiver can verify the sender and the time: HMAC-SHA256 over the
 * time, a dot and the body, as Stripe and Slack do. A receiver should refuse requests that are several minutes old.
 */
import { createHmac } from "node:crypto";

/** @param seconds since the epoch */
export function signature(secret: string, seconds: number, body: string): string {
  return `v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}
