/** What is measured of the key store, each with 100,000 keys unless it makes its own. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProcess } from "./run-process.mjs";

const COUNT = 100_000;
const script = (name) => fileURLToPath(new URL(`store/${name}.mjs`, import.meta.url));

/** Makes its stores below `directory`, each when it is first needed. */
export async function* createStoreMeasures(directory) {
  const many = join(directory, "many-keys");
  const few = join(directory, "few-keys");
  await runProcess([script("seed"), many, String(COUNT)], { cwd: directory });
  await runProcess([script("seed"), few, "1"], { cwd: directory });
  const figure =
    (name, ...args) =>
    async () =>
      JSON.parse((await runProcess([script(name), ...args], { cwd: directory, hasReport: false })).output);
  yield* verifications(figure, many);
  yield {
    name: "create keys durably",
    rounds: 5,
    unit: "/s",
    subject: figure("create-durably", join(directory, "created")),
    floor: figure("insert-durably", join(directory, "inserted")),
  };
  yield {
    name: `list ${COUNT} keys page by page`,
    rounds: 5,
    unit: "ms",
    subject: figure("list-all", many),
    floor: figure("select-all", many),
  };
  yield {
    name: `start with ${COUNT} keys`,
    rounds: 7,
    unit: "ms",
    subject: figure("start", "./serve-store.mjs", many),
    floor: figure("start", "./serve-store.mjs", few),
  };
  yield {
    name: `memory with ${COUNT} keys in use`,
    rounds: 3,
    unit: "MB",
    subject: figure("memory", "./serve-store.mjs", many),
    floor: figure("memory", "./serve-store.mjs", few),
    aims: [{ of: "value", max: 250 }],
  };
}

function* verifications(figure, many) {
  yield {
    name: `verify in process, of ${COUNT} keys`,
    rounds: 7,
    unit: "µs",
    subject: figure("verify-in-process", many),
    floor: figure("hmac-and-map", many),
    aims: [{ of: "value", max: 10 }],
  };
  yield {
    name: "verify over HTTP",
    rounds: 5,
    unit: "/s",
    subject: figure("http-rate", "./serve-store.mjs", many),
    floor: figure("http-rate", "./serve-bare.mjs", many),
    aims: [{ of: "ratio", min: 0.8 }],
  };
  yield {
    name: "p99 of verifications in a flood of bad keys",
    rounds: 5,
    unit: "ms",
    subject: figure("flood", "flooded", many),
    floor: figure("flood", "calm", many),
    aims: [{ of: "ratio", max: 3 }],
  };
}
