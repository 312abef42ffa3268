import { expect, test } from "vitest";
import { runPage } from "./run-page.ts";

const RUN = {
  GITHUB_ACTIONS: "true",
  GITHUB_SERVER_URL: "https://github.example",
  GITHUB_REPOSITORY: "acme/keys",
  GITHUB_RUN_ID: "17",
};

test("a run of a workflow has a page; what is none, or not as GitHub sets it, has none", () => {
  expect(runPage(RUN)).toBe("https://github.example/acme/keys/actions/runs/17");
  const strange = [
    {},
    { ...RUN, GITHUB_ACTIONS: undefined },
    { ...RUN, GITHUB_SERVER_URL: "javascript:alert(1)" },
    { ...RUN, GITHUB_REPOSITORY: "acme" },
    { ...RUN, GITHUB_RUN_ID: "17)" },
  ];
  for (const env of strange) expect(runPage(env)).toBeUndefined();
});
