#!/usr/bin/env node
/** `npm start`: the gateway's command line without what measures it. */
import { gatewayCommand } from "./cli/serve.js";

await gatewayCommand().parseAsync();
