/** Errors about texts that are no JSON say what is wrong, in the parser's words, and nothing of the text. */
import { expect, it } from "vitest";
import { jsonFault } from "../../protocol/json-fault.js";

const secret = "Zx81Qw7Lm2";

it.each([
  secret,
  `"${secret}`,
  `{"token":"${secret}"`,
  `{"token":"${secret}",}`,
  `{"token":"${secret}"}}`,
  `{"token":${secret}}`,
  `{"token":"${secret}" "x"}`,
  `{"a":"${"long ".repeat(20)}", "token":"${secret}" ${secret}`,
  `{"token":"${secret}\n"}`,
  `{"token":"\\${secret}"}`,
  `["${secret}", is not valid JSON`,
  `[${secret}"\n"... is not valid JSON`,
])("%j", (text) => {
  let told = "";
  try {
    JSON.parse(text);
  } catch (error) {
    told = jsonFault(error);
  }
  expect(told).toMatch(/^(Unexpected|Expected|Unterminated|Bad)/);
  for (let at = 0; at + 3 <= secret.length; at++) expect(told).not.toContain(secret.slice(at, at + 3));
});
