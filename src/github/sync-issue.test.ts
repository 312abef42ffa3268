/** One issue of ours in a repository, among those of others, with people and a GitHub that stumbles. */

import { expect, test } from "vitest";
import type { Interference, SeenRequest } from "../../test/peers/github-server.fixture.ts";
import { faultOf, type GitHubBench, onGitHub } from "./repository.fixture.ts";
import { type StandingIssue, syncIssue } from "./sync-issue.ts";

const MARKER = "<!-- keywright:drift prod -->";
const BOT = "github-actions[bot]";
const bodyOf = (text: string): string => `${text}\n\n${MARKER}`;

interface Bench extends GitHubBench {
  /** What happened: `opened`. */
  readonly show: (text: string, over?: Partial<StandingIssue>) => Promise<string>;
  readonly clear: () => Promise<string>;
  /** `1 open one`, with the number of comments where there are some. */
  readonly issues: () => readonly string[];
  readonly comments: (issue: number) => readonly string[];
}

async function onIssues(...options: Parameters<typeof onGitHub>): Promise<Bench> {
  const bench = await onGitHub(...options);
  const { issues } = bench.hosted;
  const sync = async (over: Partial<StandingIssue>): Promise<string> => {
    const { action, remark } = await syncIssue(bench.repository, {
      marker: MARKER,
      title: "Drift",
      body: bodyOf(""),
      labels: ["keywright-drift"],
      isOver: false,
      isNew: false,
      isSame: (one, other) => one === other,
      ...over,
    });
    return remark === undefined ? action : `${action}: ${remark}`;
  };
  return {
    ...bench,
    show: (text, over = {}) =>
      sync({ body: bodyOf(text), isNew: true, comment: `comment on ${text}`, ...over }),
    clear: () => sync({ body: bodyOf("clear"), isOver: true, comment: "all over" }),
    issues: () =>
      issues.all().map(({ number, state, body }) => `${number} ${state} ${(body ?? "").split("\n")[0]}`),
    comments: (issue) => issues.comments(issue).map(({ body }) => body),
  };
}

/** What happens to the first request that begins so. */
const once = (start: string, how: Interference | (() => Interference)) => {
  let isOver = false;
  return ({ method, path }: SeenRequest): Interference => {
    if (isOver || !`${method} ${path}`.startsWith(start)) return undefined;
    isOver = true;
    return typeof how === "function" ? how() : how;
  };
};

const ISSUES = "/repos/acme/keys/issues";

test("the issue is opened, changed in place, left alone, closed, and opened again when it comes back", async () => {
  const { hosted, show, clear, issues, comments, asked } = await onIssues();
  expect(await show("one")).toBe("opened");
  expect(hosted.issues.get(1)).toMatchObject({ title: "Drift", labels: ["keywright-drift"] });
  expect(comments(1)).toEqual([]);
  expect(await show("two")).toBe("edited");
  asked();
  expect(await show("two")).toBe("unchanged");
  expect(asked()).toEqual([`GET ${ISSUES}`]);
  expect(await clear()).toBe("closed");
  expect(issues()).toEqual(["1 closed clear"]);
  expect(hosted.issues.get(1).stateReason).toBe("completed");
  expect(await clear()).toBe("unchanged");
  expect(await show("three")).toBe("reopened");
  expect(issues()).toEqual(["1 open three"]);
  expect(comments(1)).toEqual(["comment on two", "all over", "comment on three"]);
});

test("what a person closed stays closed until something is new; what a person wrote below stays ours", async () => {
  const { hosted, show, issues } = await onIssues();
  await show("one");
  hosted.issues.change(1, "closed", "not_planned");
  expect(await show("two", { isNew: false })).toBe("unchanged");
  expect(issues()).toEqual(["1 closed one"]);
  expect(await show("three")).toBe("reopened");
  hosted.issues.edit(1, { title: "Mine now", body: `${bodyOf("three")}\nTODO: ask Jo` });
  expect(await show("four", { isNew: false })).toBe("edited");
  expect(hosted.issues.get(1)).toMatchObject({ title: "Mine now", body: bodyOf("four") });
});

test("a stranger's issue with our marker is never touched, nor a pull request, nor the issue of another instance", async () => {
  const { hosted, show, clear, issues } = await onIssues();
  hosted.issues.open({ title: "Drift", body: bodyOf("all is well") }, "mallory");
  hosted.issues.open({ title: "Drift", body: bodyOf("a branch"), isPull: true }, BOT);
  hosted.issues.open({ title: "Drift", body: "staging\n<!-- keywright:drift staging -->" }, BOT);
  hosted.issues.open({ title: "Other", body: `quoted ${MARKER} here` }, BOT);
  hosted.issues.open({ title: "Drift", body: bodyOf("was closed") }, "mallory");
  hosted.issues.change(5, "closed");
  expect(await show("one")).toBe("opened");
  expect(await clear()).toBe("closed");
  expect(issues()).toEqual([
    "1 open all is well",
    "2 open a branch",
    "3 open staging",
    `4 open quoted ${MARKER} here`,
    "5 closed was closed",
    "6 closed clear",
  ]);
});

test("of issues that two runs opened at once the older one stays, and the other is closed and points to it", async () => {
  const { server, hosted, show, issues } = await onIssues();
  server.interfere(
    once(`POST ${ISSUES}`, () => {
      hosted.issues.open({ title: "Drift", body: bodyOf("theirs") }, BOT);
      return undefined;
    }),
  );
  expect(await show("ours")).toBe("edited");
  expect(issues()).toEqual([
    "1 open ours",
    "2 closed Two runs opened an issue at once: see [the other one](https://github.example/acme/keys/issues/1).",
  ]);
  hosted.issues.open({ title: "Drift", body: bodyOf("late") }, BOT);
  expect(await show("more")).toBe("edited");
  expect(issues().map((each) => each.slice(0, 10))).toEqual(["1 open mor", "2 closed T", "3 closed T"]);
});

test("an issue of an App that we did not know to be us is found once we have opened another", async () => {
  const { hosted, show, issues } = await onIssues({ login: "other-app[bot]" });
  hosted.issues.open({ title: "Drift", body: bodyOf("earlier") }, "other-app[bot]");
  expect(await show("one")).toBe("edited");
  expect(issues()[0]).toBe("1 open one");
  expect(issues()[1]).toMatch(/^2 closed Two runs/);
});

test("an issue whose opening nobody heard of is looked for before another is opened", async () => {
  const { server, show, issues } = await onIssues();
  server.interfere(once(`POST ${ISSUES}`, { late: "cut" }));
  expect(await show("one")).toBe("unchanged");
  expect(issues()).toEqual(["1 open one"]);
});

test("an issue that is deleted while we look is opened anew, or let go where nothing is new", async () => {
  const { server, hosted, show, issues } = await onIssues();
  await show("one");
  const gone = () => {
    // From now on it is of nobody.
    hosted.issues.edit(1, { body: "deleted" });
    return { status: 410, body: { message: "This issue was deleted" } };
  };
  server.interfere(once(`PATCH ${ISSUES}/1`, gone));
  expect(await show("two", { isNew: false })).toBe("unchanged");
  hosted.issues.edit(1, { body: bodyOf("one") });
  server.interfere(once(`PATCH ${ISSUES}/1`, gone));
  expect(await show("two")).toBe("opened");
  expect(issues()).toEqual(["1 open deleted", "2 open two"]);
});

test("a locked issue is changed without a comment, and a closed one that is locked is over for good", async () => {
  const { hosted, show, clear, issues, comments } = await onIssues();
  await show("one");
  hosted.issues.lock(1);
  expect(await show("two")).toBe("edited");
  expect(await clear()).toBe("closed");
  expect(comments(1)).toEqual([]);
  expect(await show("three")).toBe("opened");
  expect(issues()).toEqual(["1 closed clear", "2 open three"]);
});

test("a comment that GitHub does not take is a remark, for the issue says it", async () => {
  const { server, show } = await onIssues();
  await show("one");
  server.interfere(once(`POST ${ISSUES}/1/comments`, { status: 403, body: { message: "Blocked" } }));
  expect(await show("two")).toMatch(
    /^edited: the issue is up to date, but could not be commented on: .*Blocked/,
  );
});

test("where GitHub takes no such labels the issue is opened without", async () => {
  const { server, hosted, show } = await onIssues();
  const body = { message: "Validation Failed", documentation_url: "https://docs.github.com/rest" };
  server.interfere(once(`POST ${ISSUES}`, { status: 422, body }));
  expect(await show("one")).toBe("opened");
  expect(hosted.issues.get(1).labels).toEqual([]);
});

test("a limit is waited for, and a GitHub that fails is asked again where it may be", async () => {
  const { server, show, issues } = await onIssues();
  const limited = { status: 403, headers: { "retry-after": "0" }, body: { message: "secondary rate limit" } };
  server.interfere(once(`POST ${ISSUES}`, limited));
  expect(await show("one")).toBe("opened");
  server.interfere(once(`PATCH ${ISSUES}/1`, { status: 502, body: {} }));
  expect(await show("two")).toBe("edited");
  expect(issues()).toEqual(["1 open two"]);
  server.interfere(() => ({ status: 502, body: {} }));
  expect(await faultOf(show("three"))).toMatchObject({ code: "GITHUB_FAILED" });
});

test("a credential that may not write issues is told which permission it lacks", async () => {
  const { show } = await onIssues({ permissions: { issues: "read" } });
  expect(await faultOf(show("one"))).toMatchObject({
    code: "GITHUB_FORBIDDEN",
    message: expect.stringContaining("Could not keep the issue of acme/keys up to date"),
    hint: expect.stringContaining("`issues: write`"),
  });
});

test("an issue that stays listed and cannot be edited is told of, for nobody sees what is new", async () => {
  const { server, show } = await onIssues();
  await show("one");
  server.interfere(({ method }) =>
    method === "PATCH" ? { status: 404, body: { message: "Not Found" } } : undefined,
  );
  expect(await faultOf(show("two"))).toMatchObject({
    code: "GITHUB_FAILED",
    message: expect.stringContaining("Issue 1 of acme/keys"),
    hint: expect.stringContaining("`issues: write`"),
  });
});

test("a repository without issues is told how to get them", async () => {
  const { server, show } = await onIssues();
  const body = { message: "Issues has been disabled in this repository." };
  server.interfere(() => ({ status: 410, body }));
  expect(await faultOf(show("one"))).toMatchObject({
    code: "GITHUB_FAILED",
    hint: "Turn on issues in the settings of the repository.",
  });
});
