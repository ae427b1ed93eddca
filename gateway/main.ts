#!/usr/bin/env node
/** `npm start`: the gateway's command line without the benchmark and load commands. */
import { gatewayCommand } from "./cli/serve.js";

await gatewayCommand().parseAsync();
