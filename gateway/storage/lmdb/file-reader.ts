/**
 * Reads every record of an LMDB file in a process of its own: where pages are missing, this process dies instead of
 * the gateway.
 */
import { open } from "lmdb";
import { environmentOptions } from "./environment.js";

const [path = "", ...databases] = process.argv.slice(2);
const environment = open({ ...environmentOptions(path), readOnly: true });
for (const name of databases) {
  const store = environment.openDB<Uint8Array>({ name, encoding: "binary" });
  for (const { value } of store.getRange({})) value.at(-1);
}
process.exit(0);
