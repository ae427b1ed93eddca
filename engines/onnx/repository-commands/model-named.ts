/** Finds one model of a repository by its name. */
import type { ModelFolder } from "../model-folder.js";
import type { RepositoryReader } from "../repository.js";

/** @throws naming the models that exist */
export async function modelNamed(
  reader: RepositoryReader,
  models: string,
  name: string,
): Promise<ModelFolder> {
  const folders = await reader.read();
  const found = folders.find((folder) => folder.name === name);
  if (found !== undefined) return found;
  const names = folders.map((folder) => folder.name).join(", ");
  throw new Error(
    `${models} has no model ${name}; it has ${names === "" ? "none" : names}. --models names another repository`,
  );
}
