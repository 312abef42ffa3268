import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { faultOf } from "../github/repository.fixture.ts";
import { aDirectory } from "../sources/repository.fixture.ts";
import { planFile } from "./plan-file.ts";

test("a plan goes where the workflow says, and through no link that a pull request brings", async () => {
  const directory = aDirectory();
  onTestFinished(() => directory.remove());
  const { path } = directory;
  mkdirSync(join(path, "out"));
  symlinkSync("/etc", join(path, "link"));
  const files = ["plan.json", "out/plan.json", "none/plan.json", "../plan.json", "/tmp/plan.json"];
  for (const file of files)
    expect(await planFile(path, file)).toBe(join(file.startsWith("/") ? "" : path, file));
  for (const file of ["link/plan.json", join(path, "link/plan.json")])
    expect(await faultOf(planFile(path, file))).toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("a symbolic link"),
    });
});
