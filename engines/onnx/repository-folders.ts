/** Several repositories read as one. Of models with the same name the first repository's counts. */
import type { ModelFolder } from "./model-folder.js";
import { RepositoryReader } from "./repository.js";

export interface ModelFolderReader {
  /** @throws naming a folder that cannot be read */
  read(): Promise<readonly ModelFolder[]>;
}

export class RepositoryFolders implements ModelFolderReader {
  private readonly readers: readonly RepositoryReader[];

  /**
   * @param folders each of which must exist
   * @param linkedFolders folders outside the repositories that links in them may lead into
   */
  constructor(folders: readonly string[], linkedFolders: readonly string[]) {
    this.readers = folders.map((folder) => new RepositoryReader(folder, linkedFolders));
  }

  async read(): Promise<readonly ModelFolder[]> {
    const found = new Map<string, ModelFolder>();
    for (const reader of this.readers)
      for (const folder of await reader.read()) {
        const first = found.get(folder.name);
        found.set(folder.name, first === undefined ? folder : preferred(first, folder));
      }
    return [...found.values()];
  }
}

function preferred(first: ModelFolder, { path, stamp }: ModelFolder): ModelFolder {
  const note = `${path} has a model of this name, too, which is not served: rename one of the two.`;
  return { ...first, stamp: `${first.stamp}|${stamp}`, notes: [...first.notes, note] };
}
