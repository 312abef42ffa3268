/** One comment of ours on a pull request, among those of others, with a GitHub that stumbles. */

import { expect, test } from "vitest";
import type { Interference, SeenRequest } from "../../test/peers/github-server.fixture.ts";
import { faultOf, type GitHubBench, onGitHub } from "./repository.fixture.ts";
import { syncComment, type SyncedComment } from "./sync-comment.ts";

const MARKER = "<!-- keywright:plan prod -->";
const BOT = "github-actions[bot]";
const bodyOf = (text: string): string => `${text}\n\n${MARKER}`;

interface Bench extends GitHubBench {
  readonly sync: (text: string) => Promise<SyncedComment>;
  readonly bodies: () => readonly string[];
}

async function onPull(...options: Parameters<typeof onGitHub>): Promise<Bench> {
  const bench = await onGitHub(...options);
  // Without its branches, which take time: of those comments know nothing.
  const pull = bench.hosted.issues.open({ title: "Merge feature", isPull: true }, "octo-cat").number;
  return {
    ...bench,
    sync: (text) => syncComment(bench.repository, { pull, marker: MARKER, body: bodyOf(text) }),
    bodies: () => bench.hosted.issues.comments(pull).map(({ body }) => body),
  };
}

/** What happens to the first request of this method that is about comments. */
const once = (method: string, how: Interference) => {
  let isOver = false;
  return (request: SeenRequest): Interference => {
    if (isOver || request.method !== method || !request.path.includes("/comments")) return undefined;
    isOver = true;
    return how;
  };
};

test("a comment is made once, edited in place, and left alone when it says the same", async () => {
  const { sync, bodies, asked } = await onPull();
  const first = await sync("one");
  expect(first.action).toBe("created");
  expect(await sync("two")).toEqual({ url: first.url, action: "edited" });
  asked();
  expect(await sync("two")).toEqual({ url: first.url, action: "unchanged" });
  expect(asked()).toEqual(["GET /repos/acme/keys/issues/1/comments"]);
  expect(bodies()).toEqual([bodyOf("two")]);
});

test("a stranger's comment with our marker is neither edited nor taken for ours", async () => {
  const { hosted, sync, bodies } = await onPull();
  hosted.issues.comment(1, bodyOf("all is well"), "mallory");
  hosted.issues.comment(1, bodyOf("echoed"), "other-app[bot]");
  expect((await sync("one")).action).toBe("created");
  expect((await sync("two")).action).toBe("edited");
  expect(bodies()).toEqual([bodyOf("all is well"), bodyOf("echoed"), bodyOf("two")]);
});

test("a comment of ours that only quotes the marker, or carries that of another instance, stays as it is", async () => {
  const { hosted, sync, bodies } = await onPull();
  const others = [`quoted ${MARKER} here`, "staging\n\n<!-- keywright:plan staging -->", `${MARKER}\nmore`];
  for (const body of others) hosted.issues.comment(1, body, BOT);
  await sync("one");
  expect(bodies()).toEqual([...others, bodyOf("one")]);
});

test("a comment is found on any page", async () => {
  const { hosted, sync, bodies } = await onPull();
  for (let n = 0; n < 120; n += 1) hosted.issues.comment(1, `hello ${n}`, "mallory");
  await sync("one");
  expect((await sync("two")).action).toBe("edited");
  expect(bodies()).toHaveLength(121);
});

test("a text that GitHub gives back with other line ends is the same", async () => {
  const { hosted, sync, asked } = await onPull();
  hosted.issues.comment(1, `${bodyOf("a\nb").replaceAll("\n", "\r\n")}\r\n`, BOT);
  expect((await sync("a\nb")).action).toBe("unchanged");
  expect(asked().filter((each) => !each.startsWith("GET"))).toEqual([]);
});

test("a body without the marker gets it as its last line", async () => {
  const { repository, hosted } = await onPull();
  await syncComment(repository, { pull: 1, marker: MARKER, body: "plain" });
  expect(hosted.issues.comments(1)[0]?.body).toBe(bodyOf("plain"));
});

test.each([
  ["as a user", { type: "personal", login: "octo-cat" } as const, {}, "octo-cat"],
  [
    "as another App",
    { type: "integration", login: "keys-app[bot]" } as const,
    { appSlug: "keys-app" },
    "keys-app[bot]",
  ],
])("%s, the comments of that one are ours", async (_name, access, options, author) => {
  const { sync, hosted } = await onPull(access, {}, options);
  hosted.issues.comment(1, bodyOf("of the workflow"), BOT);
  expect((await sync("one")).action).toBe("created");
  expect((await sync("two")).action).toBe("edited");
  expect(hosted.issues.comments(1).map(({ user }) => user.login)).toEqual([BOT, author]);
});

test("where the token is of an App that nobody named, its older comment is still the one that is kept", async () => {
  const { sync, bodies } = await onPull({ type: "integration", login: "keys-app[bot]" });
  const first = await sync("one");
  expect(await sync("two")).toEqual({ url: first.url, action: "edited" });
  expect(bodies()).toEqual([
    bodyOf("two"),
    `Two runs commented at once: see [the other comment](${first.url}).`,
  ]);
});

test("of two comments that two runs made at once the older is kept and the other points to it", async () => {
  const { hosted, sync, bodies } = await onPull();
  hosted.issues.comment(1, bodyOf("one"), BOT);
  hosted.issues.comment(1, bodyOf("other"), BOT);
  const { url, action } = await sync("two");
  expect(action).toBe("edited");
  const pointer = `Two runs commented at once: see [the other comment](${url}).`;
  expect(bodies()).toEqual([bodyOf("two"), pointer]);
  await sync("three");
  expect(bodies()).toEqual([bodyOf("three"), pointer]);
});

test("who makes a comment while another run does finds that out at once", async () => {
  const { server, hosted, sync, bodies } = await onPull();
  server.interfere(({ method }) => {
    if (method === "POST") hosted.issues.comment(1, bodyOf("of the other run"), BOT);
    return undefined;
  });
  expect((await sync("one")).action).toBe("edited");
  expect(bodies()[0]).toBe(bodyOf("one"));
  expect(bodies()[1]).toMatch(/^Two runs commented at once/);
});

test("a comment that was deleted is made anew, also when that happens under our hands", async () => {
  const { server, hosted, sync, bodies } = await onPull();
  await sync("one");
  const removeAll = (): void => {
    for (const { id } of hosted.issues.comments(1)) hosted.issues.removeComment(id);
  };
  removeAll();
  expect((await sync("two")).action).toBe("created");
  server.interfere(({ method }) => {
    if (method === "PATCH") removeAll();
    return undefined;
  });
  expect((await sync("three")).action).toBe("created");
  expect(bodies()).toEqual([bodyOf("three")]);
});

test("when the older of two vanishes, the other takes its place", async () => {
  const { server, hosted, sync, bodies } = await onPull();
  const older = hosted.issues.comment(1, bodyOf("one"), BOT);
  hosted.issues.comment(1, bodyOf("other"), BOT);
  server.interfere(({ method }) => {
    if (method === "PATCH") hosted.issues.removeComment(older.id);
    return undefined;
  });
  expect((await sync("two")).action).toBe("edited");
  expect(bodies()).toEqual([bodyOf("two")]);
});

test.each<[string, Interference]>([
  ["was carried out, and the line was cut", { late: "cut" }],
  ["was carried out, and answered with 502", { late: { status: 502, body: {} } }],
  ["was not carried out, and answered with 502", { status: 502, body: {} }],
])("a comment whose making %s is there once", async (_name, how) => {
  const { server, sync, bodies } = await onPull();
  server.interfere(once("POST", how));
  await sync("one");
  expect(bodies()).toEqual([bodyOf("one")]);
});

test("an edit that GitHub stumbles over is tried again", async () => {
  const { server, sync, bodies } = await onPull();
  await sync("one");
  server.interfere(once("PATCH", { late: "cut" }));
  expect((await sync("two")).action).toBe("edited");
  expect(bodies()).toEqual([bodyOf("two")]);
});

test("a secondary limit is waited for", async () => {
  const { server, sync, bodies } = await onPull();
  const message = "You have exceeded a secondary rate limit";
  server.interfere(once("POST", { status: 403, body: { message }, headers: { "retry-after": "0" } }));
  await sync("one");
  expect(bodies()).toEqual([bodyOf("one")]);
});

test("when GitHub keeps failing, that is said, and no second comment is risked", async () => {
  const { server, sync } = await onPull();
  server.interfere(({ method }) => (method === "POST" ? { status: 500, body: {} } : undefined));
  const fault = await faultOf(sync("one"));
  expect([fault.code, fault.message]).toEqual([
    "GITHUB_FAILED",
    "Could not comment on pull request 1 of acme/keys: GitHub failed (500) at POST /repos/acme/keys/issues/1/comments.",
  ]);
  expect(server.requests.filter(({ method }) => method === "POST")).toHaveLength(3);
});

test("a token that may not comment is told the permission that it lacks", async () => {
  const { sync } = await onPull({ permissions: { pull_requests: "read" } });
  const fault = await faultOf(sync("one"));
  expect(fault.code).toBe("GITHUB_FORBIDDEN");
  expect(fault.message).toContain("Resource not accessible by integration");
  expect(fault.hint).toContain("`pull-requests: write` under `permissions:`");
});

test("a closed pull request is commented on like an open one", async () => {
  const { hosted, sync } = await onPull();
  hosted.issues.change(1, "closed");
  expect((await sync("one")).action).toBe("created");
  expect((await sync("two")).action).toBe("edited");
});

test("in a locked conversation the hint is to unlock it", async () => {
  const { hosted, sync } = await onPull();
  hosted.issues.lock(1);
  const fault = await faultOf(sync("one"));
  expect([fault.code, fault.hint]).toEqual([
    "GITHUB_FORBIDDEN",
    "Unlock its conversation on GitHub, and run again.",
  ]);
});

test("a pull request that is not there is told as such", async () => {
  const { repository } = await onGitHub();
  const fault = await faultOf(syncComment(repository, { pull: 7, marker: MARKER, body: "x" }));
  expect([fault.code, fault.message]).toEqual([
    "GITHUB_FAILED",
    expect.stringContaining("Could not comment on pull request 7 of acme/keys"),
  ]);
});

test("a text that is longer than GitHub takes is a fault of ours, and nothing is sent", async () => {
  const { sync, asked } = await onPull();
  await expect(sync("x".repeat(65_536))).rejects.toThrow("longer than GitHub's");
  expect(asked()).toEqual([]);
});
