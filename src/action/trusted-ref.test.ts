import { expect, test } from "vitest";
import {
  dispatchEvent,
  pullEvent,
  pushEvent,
  scheduleEvent,
  type StartingEvent,
} from "../../test/action/events.fixture.ts";
import { trustedRef } from "./trusted-ref.ts";
import { buildRunContext } from "./run-context.ts";

const [MERGE, HEAD, BASE] = ["c", "a", "b"].map((digit) => digit.repeat(40)) as [string, string, string];
const TIP = "refs/remotes/origin/main";

const refFor = ({ name, payload, sha, ref }: StartingEvent): string =>
  trustedRef(
    buildRunContext(
      {
        GITHUB_EVENT_NAME: name,
        GITHUB_REPOSITORY: "acme/keys",
        GITHUB_SHA: sha,
        GITHUB_REF: ref,
        GITHUB_WORKSPACE: "/work",
        RUNNER_TEMP: "/temp",
        GITHUB_API_URL: "https://api.github.com",
        GITHUB_SERVER_URL: "https://github.com",
        GITHUB_RUN_ID: "1",
        GITHUB_RUN_ATTEMPT: "1",
        GITHUB_ACTOR: "octocat",
      },
      payload,
    ),
  );

const commits = { mergeSha: MERGE, headSha: HEAD, baseSha: BASE };

const table: readonly (readonly [string, StartingEvent, string])[] = [
  ["a pull request into the default branch", pullEvent(commits), BASE],
  ["a pull request into another branch", pullEvent({ ...commits, baseRef: "next" }), TIP],
  ["a pull request of a fork", pullEvent({ ...commits, headRepository: "somebody/keys" }), BASE],
  ["a push to the default branch", pushEvent({ sha: HEAD }), HEAD],
  ["a push to another branch", pushEvent({ sha: HEAD, branch: "change" }), TIP],
  ["a push to a branch that is named like a remote's", pushEvent({ sha: HEAD, branch: TIP }), TIP],
  ["a start by hand on another branch", dispatchEvent({ sha: HEAD, branch: "change" }), TIP],
  ["a schedule", scheduleEvent({ sha: HEAD }), HEAD],
];

test.each(table)("G6: for %s the configuration is the default branch's", (_name, event, expected) => {
  expect(refFor(event)).toBe(expected);
});
