/** Whether the canary (security check S2) sings at all. */

import { expect, test } from "vitest";
import { aKeyManifest, createProject } from "./project.fixture.ts";

test("S2: a secret is found wherever it is planted outside its sink", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  await project.run(["apply", "--yes"]);
  expect(await project.leaks()).toEqual([]);
  const [secret = ""] = (await project.secrets()).values();
  expect(secret).toMatch(/^kw_live_\w{46}$/);

  await project.write({ ".keywright/store/store.db-wal": `\0\0${secret}` });
  expect(await project.leaks()).toEqual([
    expect.stringMatching(/^\.keywright\/store\/store\.db-wal: secret 0/),
  ]);
  await project.write({
    ".keywright/store/store.db-wal": "",
    "plan.json": Buffer.from(secret).toString("base64"),
  });
  expect(await project.leaks()).toEqual([expect.stringMatching(/^plan\.json: secret 0: base64/)]);
  await project.write({ "plan.json": null });
  project.heard(`…${secret.slice(-12)}`);
  expect(await project.leaks()).toEqual([expect.stringMatching(/^output: secret 0: raw/)]);
});

test("S2: a secret that was replaced is still looked for", async () => {
  const project = await createProject({ "keys/scanner.yaml": aKeyManifest("scanner") });
  await project.run(["apply", "--yes"]);
  const [old = ""] = (await project.secrets()).values();
  await project.write({ ".keywright/secrets/ci/scanner": "", "note.txt": old });
  expect(await project.leaks()).toEqual([expect.stringContaining("note.txt")]);
});
