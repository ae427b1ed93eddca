import { expect, it } from "vitest";
import { publicText } from "../../gateway/requests/public-text.js";

const told = publicText({ models: "/srv/our models", data: "data" });

it.each([
  ["/srv/our models/iris/1/model.onnx: no graph", "iris/1/model.onnx: no graph"],
  [`${process.cwd()}/data/regimes.mdb is full`, "regimes.mdb is full"],
  ["data/regimes.mdb is full", "regimes.mdb is full"],
  ["Load model from /opt/x/model.onnx failed", "Load model from model.onnx failed"],
  [
    "ENOENT: no such file or directory, open '/home/op/secret/key.pem'",
    "ENOENT: no such file or directory, open 'key.pem'",
  ],
  ["/onnxruntime_src/core/graph/model.cc:182 Model(/opt/m.onnx)", "model.cc:182 Model(m.onnx)"],
  ["at file:///srv/headgate/dist/worker.js:12:3", "at worker.js:12:3"],
  ["failed:/onnxruntime_src/core/graph/model.cc:187 Model()", "failed:model.cc:187 Model()"],
  ["/run", "run"],
  ["no folder /var/lib/ here", "no folder lib here"],
])("the server's folders stay out of %j", (given, expected) => {
  expect(told(given)).toBe(expected);
});

it.each([
  "no path at all",
  "3/4 of 1,000 rows/s",
  "see https://desk.example/a/b",
  "my-data/x and metadata/y",
  "iris/1/model.onnx",
  "a / b",
])("%j is told as it is", (text) => {
  expect(told(text)).toBe(text);
});
