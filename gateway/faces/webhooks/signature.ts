/**
 * Signs what a webhook is sent, so that its receiver knows the sender and the hour: HMAC-SHA256 over the time,
 * a dot and the body, as Stripe and Slack do. A receiver refuses what is minutes old.
 */
import { createHmac } from "node:crypto";

/** @param seconds since the epoch */
export function signature(secret: string, seconds: number, body: string): string {
  return `v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;
}
