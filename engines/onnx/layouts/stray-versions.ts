/**
 * Finds folders of a model that were probably meant as versions and are not read as such, and files that were
 * probably meant as models. Pure.
 */

/** The names that are read as versions: positive integers without leading zeros, as in Triton. */
export const versionName = /^[1-9]\d{0,14}$/;

const versionLike = /^(?:v|version[-_]?)?0*(\d{1,15})(?:\.\d+)*$/i;

/** Whether a name is a version or may have been meant as one. */
export function isVersionLike(name: string): boolean {
  return versionLike.test(name);
}

/** One sentence for each folder whose name is not a version's, with the name that would be. */
export function strayVersions(folders: readonly string[]): string[] {
  const taken = new Set(folders);
  return folders.flatMap((name) => {
    const number = versionName.test(name) ? undefined : versionLike.exec(name)?.[1];
    if (number === undefined) return [];
    const free = Number(number) > 0 && !taken.has(number) ? `to ${number}` : "to a number that is free";
    return [`Folder ${name} is no version, for a version is a whole number from 1 on: rename it ${free}.`];
  });
}
