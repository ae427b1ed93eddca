/** Folders of a model that were meant to be versions and are none, and files that were meant to be models. Pure. */

/** What is read as a version: a positive integer as Triton writes it, without leading zeros. */
export const versionName = /^[1-9]\d{0,14}$/;

const versionLike = /^(?:v|version[-_]?)?0*(\d{1,15})(?:\.\d+)*$/i;

/** A version, or what somebody may have meant as one. */
export function isVersionLike(name: string): boolean {
  return versionLike.test(name);
}

/** One sentence for each folder that its name makes no version, with the name that would. */
export function strayVersions(folders: readonly string[]): string[] {
  const taken = new Set(folders);
  return folders.flatMap((name) => {
    const number = versionName.test(name) ? undefined : versionLike.exec(name)?.[1];
    if (number === undefined) return [];
    const free = Number(number) > 0 && !taken.has(number) ? `to ${number}` : "to a number that is free";
    return [`Folder ${name} is no version, for a version is a whole number from 1 on: rename it ${free}.`];
  });
}
