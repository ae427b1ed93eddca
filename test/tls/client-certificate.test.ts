/** Names of a client's certificate, also those that were made to be misread. */
import { expect, it } from "vitest";
import { subjectAltNames } from "../../gateway/tls/client-certificate.js";

it.each<[string, string, readonly string[]]>([
  ["none", "", []],
  ["one", "DNS:agent-1.desk", ["DNS:agent-1.desk"]],
  [
    "of both kinds",
    "DNS:agent-1.desk, URI:spiffe://desk/agent-1",
    ["DNS:agent-1.desk", "URI:spiffe://desk/agent-1"],
  ],
  ["of other kinds", "IP Address:127.0.0.1, email:a@b.example, DirName:CN = x, Registered ID:1.2", []],
  ["a comma within a quoted name", 'DNS:"a, URI:spiffe://desk/agent-1"', []],
  ["a quote within a quoted name", 'URI:"http://x/\\", DNS:agent-1.desk, URI:\\"", DNS:b', ["DNS:b"]],
  ["a backslash at the end of a quoted name", 'DNS:"a\\\\", DNS:b', ["DNS:b"]],
  ["an unquoted name with a space", "DNS:a b, DNS:c", ["DNS:c"]],
  ["no name", "DNS:, URI:", []],
])("%s", (_, written, names) => {
  expect(subjectAltNames(written)).toEqual(names);
});
