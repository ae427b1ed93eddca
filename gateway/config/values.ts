/** Schemas of values that several settings share. */
import { z } from "zod";

export const port = z.int().min(0).max(65_535);

/** An integer of at least 1. */
export const count = (fallback: number, most = 1_000_000) => z.int().min(1).max(most).default(fallback);

/** A duration in milliseconds, at most a day. */
export const milliseconds = (fallback: number) => z.int().min(1).max(86_400_000).default(fallback);

/** A number of bytes. */
export const bytes = (least: number, fallback: number) => z.int().min(least).default(fallback);

/** An IP address. */
export const address = z.union([z.ipv4(), z.ipv6()]);

/** A network in CIDR notation. */
export const network = z.union([z.cidrv4(), z.cidrv6()]);

/**
 * The name of a tenant, a namespace or a webhook. Names that every JavaScript object has are refused: whatever keeps
 * something by name would find the object's own where nothing was kept.
 */
export const name = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, "1 to 64 of letters, digits and . _ -")
  .refine((text) => !(text in Object.prototype), {
    message: "a name other than __proto__, constructor and the like, which every JavaScript object has",
  });

/** The SHA-256 of a token in hex; the token itself is never stored. */
export const tokenHash = z
  .string()
  .regex(/^[0-9a-fA-F]{64}$/, "64 hex digits: printf %s TOKEN | sha256sum")
  .transform((hex) => hex.toLowerCase());

export const minute = 60_000;
export const day = 86_400_000;
export const mebibyte = 1024 ** 2;
export const gibibyte = 1024 ** 3;
