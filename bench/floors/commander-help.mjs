/** Floor of the start: commander and nothing else. */

import { Command } from "commander";

new Command("floor")
  .description("Prints its help and ends.")
  .option("--verbose", "say more")
  .parse(["--help"], { from: "user" });
