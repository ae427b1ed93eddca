/**
 * Tells clients which issuers' tokens are accepted here, where any are. Static keys need no such document: their
 * clients are configured with them.
 *
 * Source: RFC 9728, OAuth 2.0 Protected Resource Metadata.
 */

export interface ProtectedResource {
  /** The URL of the document, which a 401 names. */
  readonly metadataUrl: string;
  /** The document for `/mcp`, and the one for the whole gateway. */
  readonly ofMcp: ResourceMetadata;
  readonly ofGateway: ResourceMetadata;
}

export interface ResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  readonly scopes_supported: readonly string[];
  readonly bearer_methods_supported: readonly string[];
  readonly resource_name: string;
}

export const metadataPath = "/.well-known/oauth-protected-resource";

/** @param publicUrl the address under which clients reach the gateway: it is what they ask a token for */
export function protectedResource(
  publicUrl: string | undefined,
  issuers: readonly string[],
  scopes: readonly string[],
): ProtectedResource | undefined {
  if (publicUrl === undefined || issuers.length === 0) return undefined;
  const base = publicUrl.replace(/\/+$/, "");
  const common = {
    authorization_servers: issuers,
    scopes_supported: scopes,
    bearer_methods_supported: ["header"],
    resource_name: "Headgate",
  };
  return {
    metadataUrl: `${base}${metadataPath}/mcp`,
    ofMcp: { resource: `${base}/mcp`, ...common },
    ofGateway: { resource: base, ...common },
  };
}
