/** The manifest of a version: what a signature is made over. Pure. */

export const manifestFile = "manifest.json";
export const signatureFile = "manifest.sig";
/** The files of a version that its manifest does not list. */
export const signatureFiles: readonly string[] = [manifestFile, signatureFile];
