/** Whether the page that runs is the one that the gateway serves. */
import { expect, test } from "vitest";
import { isPageOutdated } from "../../page/shell/page-version.js";

const served = (name: string) => `<script type="module" src="page/${name}"></script>`;

test.each([
  ["the same file", served("main-AAAA.js"), "http://gate.example/page/main-AAAA.js", false],
  ["a proxy's query", served("main-AAAA.js"), "http://gate.example/page/main-AAAA.js?v=1#x", false],
  ["another file", served("main-BBBB.js"), "http://gate.example/page/main-AAAA.js", true],
  ["a proxy's sign-in page", "<h1>Sign in</h1>", "http://gate.example/page/main-AAAA.js", false],
  ["no page any more", `{"code":"not_found"}`, "http://gate.example/page/main-AAAA.js", false],
  ["no script that is known", served("main-BBBB.js"), "", false],
])("%s", (_, document, script, isOutdated) => {
  expect(isPageOutdated(document, script)).toBe(isOutdated);
});
