import { expect, test } from "vitest";
import type { BoardContent } from "../core/telling/standing.ts";
import { createRequestLimiter } from "../http/request-limiter.ts";
import { createIssueBoard, type IssueBoardOptions } from "./issue-board.ts";
import { faultOf, type GitHubBench, onGitHub } from "./repository.fixture.ts";

const ITEM = { key: "a", message: "about a" };
const CONTENT: BoardContent = { instance: "prod", items: [ITEM], more: 0, found: [ITEM], over: [] };
const CLEAR: BoardContent = { ...CONTENT, items: [], found: [], over: [ITEM] };

const MARKER = "<!-- keywright:drift prod -->";

const boardOf = ({ repository }: GitHubBench, over: Partial<IssueBoardOptions> = {}) =>
  createIssueBoard({
    name: "issue",
    events: ["drift"],
    labels: [],
    open: () => Promise.resolve({ ...repository, close: () => Promise.resolve() }),
    redact: (text) => text.replaceAll("acme", "***"),
    render: ({ items }) => ({
      marker: MARKER,
      title: "Drift",
      body: `${items.length}\n${MARKER}`,
      comment: "changed",
      isSame: (one, other) => one === other,
    }),
    ...over,
  });

test("the issue is there while something stands, also what is only counted, and closed when nothing does", async () => {
  const bench = await onGitHub();
  const board = boardOf(bench);
  const state = () => bench.hosted.issues.get(1).state;
  expect(await board.show(CONTENT)).toEqual({});
  await board.show({ ...CLEAR, more: 2 });
  expect(state()).toBe("open");
  await board.show(CLEAR);
  expect(state()).toBe("closed");
});

test("whatever fails is NOTICE_UNSENT, fit for people; the repository is closed all the same", async () => {
  const bench = await onGitHub({ permissions: {} });
  let closed = 0;
  const close = () => Promise.resolve(void (closed += 1));
  const board = boardOf(bench, { open: () => Promise.resolve({ ...bench.repository, close }) });
  expect(await faultOf(board.show(CONTENT))).toMatchObject({
    code: "NOTICE_UNSENT",
    message: expect.stringContaining("Could not keep the issue of ***/keys up to date"),
    hint: expect.stringContaining("`issues: write`"),
  });
  expect(closed).toBe(1);
});

test("a limit that asks for longer than a run can wait ends the try", async () => {
  const limiter = createRequestLimiter({ perMinute: 1_000, burst: 100, longestWaitMs: 600_000 });
  const bench = await onGitHub({}, {}, { limiter });
  bench.server.interfere(() => ({
    status: 403,
    headers: { "retry-after": "60" },
    body: { message: "You have exceeded a secondary rate limit." },
  }));
  expect((await faultOf(boardOf(bench, { timeLimitMs: 50 }).show(CONTENT))).message).toMatch(
    /^GitHub, or its limits, asked for more than 0.05 seconds/,
  );
});
