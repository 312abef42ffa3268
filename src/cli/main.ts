#!/usr/bin/env node
/** The command line's entry. */

import { processHost } from "./process-host.ts";
import { runCli } from "./run-cli.ts";

process.exitCode = await runCli(process.argv.slice(2), processHost());
