/** Shortens a close reason to the 123 bytes that RFC 6455 allows. */
export function shortenReason(reason: string): string {
  const bytes = Buffer.from(reason);
  if (bytes.length <= 123) return reason;
  return `${bytes
    .subarray(0, 117)
    .toString("utf8")
    .replace(/\uFFFD$/, "")}...`;
}
