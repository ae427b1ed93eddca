/** How much of a shared resource one tenant may hold. Pure. */

/**
 * A tenant may hold so many times what is left free: a tenant alone has three quarters of the whole, the next three
 * quarters of what is left, and there is always some for one more.
 */
const shareOfFree = 3;

/**
 * Whether a tenant may hold so much of a resource.
 * @param held what the tenant would hold
 * @param free what would then be left for all tenants together
 */
export function isFairShare(held: number, free: number): boolean {
  return held <= shareOfFree * free;
}
