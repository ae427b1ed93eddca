/**
 * Bytes of an LMDB file that are in use. The file itself is larger: it never shrinks, and pages that were freed in it
 * are used again before it grows.
 */
import type { Database, Key, RootDatabase } from "lmdb";

interface PageCounts {
  readonly pageSize: number;
  readonly treeBranchPageCount: number;
  readonly treeLeafPageCount: number;
  readonly overflowPages: number;
}

/** Pages of the root, which holds the databases' names, and of the list of free pages. */
interface InternalPages {
  readonly root: PageCounts;
  readonly free: PageCounts;
}

/** The two meta pages at the file's beginning. */
const metaPages = 2;

/** @param stores all databases of the file */
export function usedBytes(
  environment: RootDatabase<Uint8Array, Key>,
  stores: Iterable<Database<Uint8Array, Key>>,
): number {
  const { root, free } = environment.getStats() as InternalPages;
  const named = [...stores].map((store) => store.getStats() as PageCounts);
  return [root, free, ...named].reduce((sum, pages) => sum + pagesOf(pages), metaPages) * root.pageSize;
}

function pagesOf({ treeBranchPageCount, treeLeafPageCount, overflowPages }: PageCounts): number {
  return treeBranchPageCount + treeLeafPageCount + overflowPages;
}
