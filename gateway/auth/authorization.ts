/** What a principal may do. Every request asks here, whichever face it came through. */
import { HeadgateError } from "../../protocol/errors.js";
import { kindOf } from "../../protocol/topics.js";
import type { Principal } from "./principal.js";
import type { Scope } from "./scopes.js";

type Grants = Pick<Principal, "scopes" | "topics">;

/** @throws HeadgateError permission_denied that names the scope */
export function requireScope({ scopes }: Pick<Grants, "scopes">, scope: Scope): void {
  if (scopes.has(scope)) return;
  throw new HeadgateError("permission_denied", `the token does not grant the scope ${scope}`);
}

/** @throws HeadgateError permission_denied that names the scopes of which one is needed */
export function requireAnyScope({ scopes }: Pick<Grants, "scopes">, wanted: readonly Scope[]): void {
  if (wanted.some((scope) => scopes.has(scope))) return;
  throw new HeadgateError(
    "permission_denied",
    `the token grants none of the scopes ${wanted.join(", ")}, of which one is needed`,
  );
}

/**
 * @param topic a topic, or the pattern of a kind's topics, which only a grant of all of them allows
 * @throws HeadgateError permission_denied that names the topic and what is granted
 */
export function requireTopic({ topics }: Pick<Grants, "topics">, topic: string): void {
  if (grantsTopic({ topics }, topic)) return;
  throw new HeadgateError(
    "permission_denied",
    `the token does not grant the topic ${topic}; it grants ${topics.join(", ") || "none"}`,
  );
}

/** Whether a topic is granted, for answers that leave out what is not. */
export function grantsTopic({ topics }: Pick<Grants, "topics">, topic: string): boolean {
  return topics.some((granted) => covers(granted, topic));
}

/** Scopes that show what a kind of topics tells anyway, so that nothing else is needed to subscribe to it. */
const sufficient: Readonly<Partial<Record<string, Scope>>> = {
  job: "training:run",
  model: "models:infer",
};

/**
 * What a subscription needs, when it is made and as long as it lives.
 * @throws HeadgateError permission_denied that names the scope or the topic
 */
export function requireSubscription(grants: Grants, topic: string): void {
  const enough = sufficient[kindOf(topic)];
  if (enough !== undefined && grants.scopes.has(enough)) return;
  requireScope(grants, "streams:read");
  requireTopic(grants, topic);
}

/**
 * Whether a granted pattern covers a topic. The wire's own patterns end in `*` too: as text they begin with what a
 * grant of all their topics begins with, and with nothing narrower.
 */
function covers(granted: string, topic: string): boolean {
  return granted.endsWith("*") ? topic.startsWith(granted.slice(0, -1)) : granted === topic;
}
