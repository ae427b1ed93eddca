/** Makes the attack of a number over plain HTTP: requests that proxies and servers have read differently. */
import type { Attack } from "./attack.js";
import { mutatedBytes } from "./byte-mutations.js";
import { inferShapes } from "./http-infer-shapes.js";
import type { HttpShape } from "./http-shape.js";
import { httpShapes } from "./http-shapes.js";
import { Random } from "./random.js";
import type { Catalog } from "./servables.js";

/** Requests that one connection may have unanswered: more than this ends it. */
const pipelinedMax = 16;

/** @param routes the gateway's paths, with `:model` and `:version` in the place of names */
export function httpAttack(
  seed: number,
  number: number,
  routes: readonly string[],
  catalog: Catalog,
): Attack {
  const random = Random.of(seed, number);
  const names = Object.keys(random.chance(0.25) ? inferShapes : httpShapes);
  const name = random.pick(names);
  const shape = httpShapes[name];
  if (shape === undefined) throw new RangeError(`no shape ${name}`);
  const { name: model } = random.pick(catalog.models);
  const paths = routes.map((route) => route.replace(":model", model).replace(":version", "1"));
  const request = shape({ random, paths, catalog });
  const how = random.weighted({ alone: 60, mutated: 25, pipelined: 15 });
  if (how === "mutated") return attackOf(number, `${name}, mutated`, mutatedRequest(request, random), random);
  if (how === "alone") return attackOf(number, name, request, random);
  return attackOf(number, `pipelined ${name}`, pipelined(request, random), random);
}

function mutatedRequest({ bytes }: HttpShape, random: Random): HttpShape {
  return { bytes: mutatedBytes(bytes, random), requests: 1, least: 0, most: Number.MAX_SAFE_INTEGER };
}

/** Requests that nothing is wrong with come before it, and their answers too. */
function pipelined({ bytes, requests, least, most }: HttpShape, random: Random): HttpShape {
  const before = random.integer(1, pipelinedMax - 2);
  const right = Buffer.from("GET /v2/health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  const all = Buffer.concat([...Array.from({ length: before }, () => right), bytes]);
  // A malformed request may end the connection before the answers to those before it are written.
  return {
    bytes: all,
    requests: requests + before,
    least: least === 0 ? 0 : before + least,
    most: before + most,
  };
}

function attackOf(
  number: number,
  name: string,
  { bytes, requests, least, most }: HttpShape,
  random: Random,
): Attack {
  return {
    number,
    kind: "http",
    name,
    size: requests,
    writes: random.chance(0.2) ? inPieces(bytes, random) : [bytes],
    deaf: false,
    // A connection that is held takes up to half a minute of a lane.
    ending: random.chance(0.001) ? "hold" : random.chance(0.05) ? "reset" : "end",
    expected: { kind: "http", least, most },
  };
}

function inPieces(bytes: Buffer, random: Random): Buffer[] {
  const pieces: Buffer[] = [];
  const size = random.pick([1, 7, 100]);
  for (let at = 0; at < bytes.length; at += size) {
    if (pieces.length === 60) return [...pieces, bytes.subarray(at)];
    pieces.push(bytes.subarray(at, at + size));
  }
  return pieces;
}
