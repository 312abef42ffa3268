/** What is measured, in the order in which each leaves behind what the next begins with. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { commitAll, writeProject } from "./project.mjs";
import { runProcess } from "./run-process.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const CLI = here("../dist/cli/main.js");
const floorOf = (name, args, options) => () => runProcess([here(`floors/${name}.mjs`), ...args], options);

/** Makes its projects below `directory`, each when it is first needed. */
export function* createMeasures(directory) {
  yield help(directory);
  const large = writeProject(directory, 10_000);
  commitAll(large);
  yield* validations(large, 10_000);
  yield* plans(writeProject(directory, 1_000), 1_000, { rounds: 9, applies: 3, seconds: 1.5 });
  yield* plans(large, 10_000, { rounds: 5, applies: 1, seconds: 5, megabytes: 300 });
}

function help(cwd) {
  const options = { cwd, hasReport: false };
  return {
    name: "keywright --help",
    rounds: 31,
    subject: () => runProcess([CLI, "--help"], { ...options, expects: "Declarative API keys" }),
    floor: floorOf("commander-help", [], options),
    aims: [{ of: "ratio", max: 1.5 }],
  };
}

function* validations(project, count) {
  const expects = `Valid: ${count} keys`;
  const options = { cwd: project, expects: `${count} parsed` };
  yield {
    name: `validate ${count} files`,
    rounds: 7,
    subject: () => runProcess([CLI, "validate"], { cwd: project, expects }),
    floor: floorOf("parse-files", [join(project, "keys")], options),
    aims: [{ of: "seconds", max: 3 }],
  };
  yield {
    name: `validate ${count} files of a commit`,
    rounds: 7,
    subject: () => runProcess([CLI, "validate", "--ref", "main"], { cwd: project, expects }),
    floor: floorOf("parse-commit", [project], options),
    aims: [{ of: "seconds", max: 3 }],
  };
}

/** A plan of nothing but new keys, the apply of it, and the empty plan after it. */
function* plans(project, count, { rounds, applies, seconds, megabytes }) {
  const aims = [
    { of: "seconds", max: seconds },
    ...(megabytes === undefined ? [] : [{ of: "megabytes", max: megabytes }]),
  ];
  const plan = (name, expects, listed) => ({
    name,
    rounds,
    subject: () => runProcess([CLI, "plan"], { cwd: project, expects }),
    floor: floorOf("validate-and-list", [project], { cwd: project, expects: `${listed} listed` }),
    aims,
  });
  // The store's own administrator is a key too.
  yield plan(`plan ${count} new keys`, `Plan: ${count} to create`, 1);
  yield applyOf(project, count, applies);
  yield plan(`plan ${count} applied keys`, `No changes: ${count} keys`, count + 1);
}

function applyOf(project, count, rounds) {
  const data = join(project, ".keywright");
  const bare = join(project, "floor");
  return {
    name: `apply ${count} new keys`,
    rounds,
    keys: count,
    prepare: () => {
      for (const path of [data, bare]) rmSync(path, { recursive: true, force: true });
    },
    subject: () => runProcess([CLI, "apply", "--yes"], { cwd: project, expects: `${count} applied` }),
    floor: floorOf("durable-writes", [bare, String(count)], { cwd: project }),
  };
}
