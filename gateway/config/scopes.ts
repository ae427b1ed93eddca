/** The rights that a credential may grant. Each request needs one of them: see gateway/auth/authorization.ts. */
import { z } from "zod";

export const scopes = [
  "models:infer",
  "models:admin",
  "fits:run",
  "training:run",
  "datasets:write",
  "streams:write",
  "streams:read",
  "metrics:read",
] as const;

export type Scope = (typeof scopes)[number];

export const scope = z.enum(scopes);

/** A topic, or a beginning of topics followed by `*`; a kind of topics must be whole. */
export const topicPattern = z
  .string()
  .regex(
    /^(\*|(regime|job|model)\.([A-Za-z0-9._:/-]{0,128}\*|[A-Za-z0-9._:/-]{1,128}))$/,
    "a topic such as regime.btc, job.<job> or model.<name>, a beginning followed by * such as regime.desk-a/*, or * for all",
  );
