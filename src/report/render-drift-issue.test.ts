import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { NoticeItem } from "../core/notification.ts";
import type { BoardContent } from "../core/telling/standing.ts";
import { commentMarker } from "./comment-marker.ts";
import { hostileLine } from "./plan.fixture.ts";
import { isSameDriftIssue, renderDriftComment, renderDriftIssue } from "./render-drift-issue.ts";
import { ACTING, renderedPage } from "./rendered-page.fixture.ts";

const marker = commentMarker("drift", "acme-prod");
const runUrl = "https://github.example/acme/keys/actions/runs/1";

const ALTERED: NoticeItem = {
  key: "altered/ApiKey/scanner/g3",
  message: "altered: scanner: not as it was applied: owner",
  hint: "review `keywright plan`",
  kind: "ApiKey",
  name: "scanner",
  id: "key_1",
  class: "altered",
  response: "report",
};

const STALE: NoticeItem = {
  key: "sink-stale/ApiKey/reader/g1",
  message: "sink-stale: reader: the slot is empty",
  kind: "ApiKey",
  name: "reader",
  class: "sink-stale",
  response: "fix",
};

const FAILED: NoticeItem = {
  key: "run/Role/auditor",
  message: "create Role auditor failed: no space left",
  kind: "Role",
  name: "auditor",
  code: "STORE_REJECTED",
};

const content = (over: Partial<BoardContent> = {}): BoardContent => ({
  instance: "acme-prod",
  items: [ALTERED, STALE, FAILED],
  more: 0,
  found: [],
  over: [],
  ...over,
});

test("the issue says all that stands by class, who mends it, and which run said so last", () => {
  expect(renderDriftIssue(content(), { marker, runUrl })).toBe(`\
**2 findings of drift, of which \`keywright drift --fix\` mends 1; 1 thing that could not be done.**

Keywright keeps this issue for the instance \`acme-prod\`. It says all that stands, for as long as it stands, and is closed when nothing does. What people write into this text is overwritten with the next change; comments stay.

**Could not be done**

| What | Why | Code |
| --- | --- | --- |
| \`Role auditor\` | create Role auditor failed: no space left | \`STORE_REJECTED\` |

**Altered in the store** (\`altered\`)

| Mended by | What | Id | Finding |
| --- | --- | --- | --- |
| a person | \`scanner\` | \`key_1\` | not as it was applied: owner<br>hint: review &#96;keywright plan&#96; |

**Not in its sink** (\`sink-stale\`)

| Mended by | What | Id | Finding |
| --- | --- | --- | --- |
| \`keywright drift --fix\` | \`reader\` |  | the slot is empty |

Last changed by [this run](<${runUrl}>).

${marker}
`);
});

test("when nothing is left it says so", () => {
  expect(renderDriftIssue(content({ items: [] }), { marker })).toBe(`\
**All is as it should be.**

Keywright keeps this issue for the instance \`acme-prod\`. It is opened again when something new is found.

${marker}
`);
});

test("what is remembered by its number alone is counted", () => {
  const onlyMore = renderDriftIssue(content({ items: [], more: 3 }), { marker });
  expect(onlyMore).toContain("**Not as declared.** There are 3 more, which `keywright drift`");
  const failure = { key: "run/drift/STORE_UNREACHABLE", message: "keywright drift ended" };
  const role = { ...ALTERED, kind: "SecurityPolicy" } as const;
  const { name: _, ...unnamed } = role;
  const page = renderDriftIssue(content({ items: [failure, unnamed], more: 1 }), { marker });
  expect(page).toContain("|  | keywright drift ended |  |\n");
  expect(page).toContain("| a person | SecurityPolicy | `key_1` | scanner: not as it was applied: owner<br>");
});

test("two texts are the same whichever run wrote them, however GitHub gives them back, and only then", () => {
  const one = renderDriftIssue(content(), { marker, runUrl });
  const other = renderDriftIssue(content(), { marker, runUrl: `${runUrl}2` });
  expect(isSameDriftIssue(one, other)).toBe(true);
  expect(isSameDriftIssue(one.replaceAll("\n", "\r\n").trimEnd(), other)).toBe(true);
  expect(isSameDriftIssue(one, renderDriftIssue(content(), { marker }))).toBe(true);
  expect(isSameDriftIssue(one, renderDriftIssue(content({ items: [ALTERED] }), { marker }))).toBe(false);
  expect(isSameDriftIssue(one, `${one}\nTODO`)).toBe(false);
});

test("a comment says what is new and what is over, and nothing where that is nothing", () => {
  expect(renderDriftComment(content(), {})).toBeUndefined();
  expect(renderDriftComment(content({ found: [ALTERED], over: [STALE] }), { runUrl })).toBe(`
**New**

- altered: scanner: not as it was applied: owner

**Over**

- sink-stale: reader: the slot is empty

[The run](<${runUrl}>)
`);
  expect(renderDriftComment(content({ items: [] }), {})).toBe("**All is as it should be.**\n");
  const many = Array.from({ length: 500 }, () => ALTERED);
  const long = renderDriftComment(content({ found: many, over: many }), { runUrl }) ?? "";
  expect(long.length).toBeLessThanOrEqual(8_000);
  expect(long).toMatch(/Not shown: \d+ of 500 that are new, 500 of 500 that are over\./);
});

const hostileItem = (item: NoticeItem, text: string): NoticeItem => ({
  ...item,
  message: text,
  hint: text,
  name: text,
  id: text,
  ...(item.code !== undefined && { code: text }),
});

const tagsOf = (text: string): readonly string[] => renderedPage(text).tags;
const pages = (text: string): readonly string[] => {
  const items = [ALTERED, STALE, FAILED].map((item) => hostileItem(item, `x${text}`));
  const all = content({ items, found: items, over: items });
  return [renderDriftIssue(all, { marker, runUrl }), renderDriftComment(all, { runUrl }) ?? ""];
};

test("G9, G10: no text of a store, a manifest or an error shapes the issue, mentions anyone, links or marks", () => {
  const plain = pages("x").map(tagsOf);
  fc.assert(
    fc.property(hostileLine(), (hostile) => {
      const [issue = "", comment = ""] = pages(hostile);
      expect(issue.split("<!--")).toHaveLength(2);
      expect(issue.endsWith(`\n${marker}\n`)).toBe(true);
      expect(comment).not.toContain("<!--");
      expect(issue + comment).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect([issue, comment].map(tagsOf)).toEqual(plain);
      expect(renderedPage(issue + comment).prose).not.toMatch(ACTING);
    }),
    { numRuns: 40 },
  );
});

test("G10: a long issue is cut between rows, and keeps its marker", () => {
  const items = Array.from({ length: 200 }, (_, n) => ({
    ...ALTERED,
    name: `key-${n}`,
    message: "@".repeat(300),
    hint: "#".repeat(300),
  }));
  const page = renderDriftIssue(content({ items }), { marker, runUrl });
  expect(page.length).toBeLessThanOrEqual(65_536);
  expect(page).toMatch(
    /\n\*\*Cut to fit\.\*\* Not shown: \d+ of 200 of altered\. `keywright drift` shows all drift\.\n/,
  );
  expect(page.endsWith(`\n${marker}\n`)).toBe(true);
});
