/** A Node process that does nothing but report its start time and memory: the least that any Node program costs. */
import { sayStart } from "./say-start.js";

sayStart();
