/** What a saved plan is told to be carried out with. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Plan } from "../core/plan.ts";
import { aHost } from "./a-host.fixture.ts";
import { savePlan, type SaveOptions } from "./save-plan.ts";

const asking = (...names: readonly string[]) => names.map((name) => ({ name }));

async function told(options: Partial<SaveOptions>, requests = asking(), file = "plan.json") {
  const cwd = await mkdtemp(join(tmpdir(), "keywright-save-"));
  onTestFinished(() => rm(cwd, { recursive: true }));
  const host = aHost({ cwd });
  await savePlan(host, { requests } as unknown as Plan, file, { logFormat: "text", ...options });
  return host.printed.err;
}

test.each<readonly [string, Partial<SaveOptions>, string]>([
  ["nothing", {}, "keywright apply plan.json\n"],
  ["a ref", { ref: "main" }, "keywright apply plan.json --ref main\n"],
  [
    "all of it",
    { config: "/etc/k.yaml", repo: "../keys.git", ref: "v1", configRef: "main", allow: ["a", "role/b"] },
    "keywright apply plan.json --config /etc/k.yaml --repo ../keys.git --ref v1 --config-ref main --allow a,role/b\n",
  ],
  [
    "what a shell would split",
    { config: "my keys/it's.yaml" },
    String.raw`plan.json --config 'my keys/it'\''s.yaml'`,
  ],
  ["an address with a credential", { repo: "https://me:hunter2@git.example/keys" }, "plan.json --repo …"],
])("the command to apply repeats what the plan was made with: %s", async (_name, options, expected) => {
  const text = await told(options);
  expect(text).toContain(expected);
  expect(text).not.toContain("hunter2");
});

test("the keys that a plan was asked about are named once, and a log in JSON is left alone", async () => {
  expect(await told({ allow: ["scanner"] }, asking("scanner", "scanner", "sync"))).toBe(
    "Saved. To carry out just this: keywright apply plan.json --allow scanner,sync\n",
  );
  expect(await told({ logFormat: "json" })).toBe("");
});
