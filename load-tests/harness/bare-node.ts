/** Node, and nothing else. */
import { sayStart } from "./say-start.js";

sayStart();
