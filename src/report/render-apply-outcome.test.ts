import * as fc from "fast-check";
import { expect, test } from "vitest";
import { commentMarker } from "./comment-marker.ts";
import { hostileRun } from "./hostile-plan.fixture.ts";
import { aBlocked, anOutcome, aRun, hostileLine } from "./plan.fixture.ts";
import { type OutcomeContext, renderApplyOutcome } from "./render-apply-outcome.ts";
import { type ApplyRefusal, renderRefusalMarkdown } from "./render-refusal-markdown.ts";
import { renderStaleComment } from "./render-stale-comment.ts";
import { ACTING, renderedPage } from "./rendered-page.fixture.ts";

const marker = commentMarker("apply", "acme-prod");
const runUrl = "https://github.example/acme/keys/actions/runs/1";

const about: OutcomeContext = {
  marker,
  instance: "acme-prod",
  commit: "9c1b7d10aa".padEnd(40, "0"),
  branch: "main",
  runUrl,
};

const END = "Commit `9c1b7d10aa00` of `main`";

test("what was applied is told with where the secrets lie now", () => {
  const run = aRun({ changes: [anOutcome({ deliveredTo: ["vault: path=kv/scanner"] })] });
  expect(renderApplyOutcome(run, about)).toBe(`### Keywright \`acme-prod\`: applied

**Applied: 1 applied.**

| Outcome | Change | Kind | Name | What happened | Took |
| --- | --- | --- | --- | --- | --- |
| applied | create | ApiKey | \`scanner\` | made k&#95;9 (…wxyz); secret in vault: path=kv/scanner | 1.2 s |

---

${END} · run \`20261121T080000Z-7f3a9c\` · plan \`sha256:${"c".repeat(64)}\` · [the workflow's run](<${runUrl}>)

${marker}
`);
});

test("what was applied in part says what failed, what was left alone, and what to do", () => {
  const error = { code: "SINK_WRITE_FAILED", message: "no space left", hint: "make room" } as const;
  const changes = [anOutcome(), anOutcome({ name: "late", outcome: "failed", message: "not minted", error })];
  const body = renderApplyOutcome(aRun({ result: "partly-applied", changes, blocked: [aBlocked()] }), about);
  expect(body).toContain("### Keywright `acme-prod`: partly applied\n");
  expect(body).toContain(
    "\n> [!WARNING]\n> Mend what failed, then run the workflow again: it does what is left",
  );
  expect(body).toContain("not minted; SINK&#95;WRITE&#95;FAILED: no space left; hint: make room");
  expect(body).toContain("**Left alone**\n\n- ApiKey `copied` at");
});

const refusal: ApplyRefusal = {
  code: "GUARD_REFUSED",
  message: "there is more to do than was reviewed",
  hint: "open a pull request",
  uncovered: [
    {
      change: { action: "revoke", kind: "ApiKey", name: "billing" },
      why: "its manifest went in a later commit",
    },
  ],
};

test("a refused apply says that nothing was done, why, what no plan covers, and what to do", () => {
  expect(renderApplyOutcome(refusal, about)).toBe(`### Keywright \`acme-prod\`: not applied

> [!CAUTION]
> **Nothing was done.** \`GUARD_REFUSED\` there is more to do than was reviewed
>
> open a pull request

**Not covered by a reviewed plan**

| Change | Kind | Name | Why |
| --- | --- | --- | --- |
| revoke | ApiKey | \`billing\` | its manifest went in a later commit |

---

${END} · [the workflow's run](<${runUrl}>)

${marker}
`);
});

test("a comment whose plan is out of date says for which commit there is none, and why", () => {
  const stale = {
    marker: commentMarker("plan", "acme-prod"),
    instance: "acme-prod",
    plannedSha: "3f2a9c1b7d".padEnd(40, "0"),
    headSha: "9c1b7d10aa".padEnd(40, "0"),
    why: "STORE_UNREACHABLE: the store does not answer",
    hint: "push again, or run the workflow again",
    runUrl,
  };
  expect(renderStaleComment(stale)).toBe(`### Keywright plan for \`acme-prod\`: out of date

> [!WARNING]
> **There is no plan for commit \`9c1b7d10aa00\`:** STORE&#95;UNREACHABLE: the store does not answer
>
> push again, or run the workflow again

The last plan was for commit \`3f2a9c1b7d00\`. It says nothing of what a merge would do now.

[The run](<${runUrl}>)

<!-- keywright:plan acme-prod -->
`);
  const { plannedSha: _, ...first } = stale;
  expect(renderStaleComment(first)).toContain("\nNothing is known of what a merge would do.\n");
});

test("G10: an address that is none of the web makes no link", () => {
  for (const url of ["javascript:alert(1)", "https://user:word@github.example", "no address"])
    expect(renderApplyOutcome(aRun(), { ...about, runUrl: url })).toContain(" · the workflow's run\n");
  const tricky = "https://github.example/a>)](b";
  expect(renderedPage(renderApplyOutcome(aRun(), { ...about, runUrl: tricky })).tags).toContain(
    '<a href="https://github.example/a%3E)%5D(b">',
  );
});

test("G10: a long outcome is cut between rows, in bytes too, and keeps its marker", () => {
  const changes = Array.from({ length: 600 }, () => anOutcome({ message: "\u{1f511}".repeat(300) }));
  const uncovered = Array.from({ length: 900 }, () => refusal.uncovered).flat();
  for (const body of [
    renderApplyOutcome(aRun({ changes }), about),
    renderApplyOutcome(
      { ...refusal, uncovered: uncovered.map((each) => ({ ...each, why: "…".repeat(300) })) },
      about,
    ),
  ]) {
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body.length).toBeGreaterThan(60_000);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(262_144);
    expect(body).toMatch(/\n\*\*Cut to fit\.\*\* Not shown: \d+ of \d00 (outcomes|changes)\.\n/);
    expect(body.endsWith(`\n${marker}\n`)).toBe(true);
  }
  expect(
    renderRefusalMarkdown({ ...refusal, uncovered: Array.from({ length: 9 }, () => uncovered).flat() }),
  ).toMatch(/\nCut to fit\. Not shown: \d+ of 8100 changes\.\n$/);
});

/** Each comment, with `text` wherever text from outside comes. */
const render = (text: string): readonly string[] => {
  const hostileAbout = { ...about, instance: text, commit: text, branch: text };
  const uncovered = [{ change: { action: "create", kind: "ApiKey", name: text }, why: text }] as const;
  return [
    renderApplyOutcome(hostileRun(text), hostileAbout),
    renderApplyOutcome({ code: text, message: text, hint: text, uncovered }, hostileAbout),
    renderStaleComment({
      marker,
      instance: text,
      plannedSha: text,
      headSha: text,
      why: text,
      hint: text,
      runUrl,
    }),
  ];
};

test("G9, G10: nothing in a run, a refusal or an error makes an element, a link or a mention, or forges the marker", () => {
  const plain = render("x").map((body) => renderedPage(body).tags);
  expect(plain.flat().filter((tag) => tag.startsWith("<a "))).toEqual(
    plain.map(() => `<a href="${runUrl}">`),
  );
  fc.assert(
    fc.property(hostileLine(), (hostile) => {
      const bodies = render(hostile);
      expect(bodies.map((body) => renderedPage(body).tags)).toEqual(plain);
      for (const body of bodies) {
        expect(renderedPage(body).prose).not.toMatch(ACTING);
        expect(body).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
        expect(body.match(/<!--/g)).toHaveLength(1);
      }
    }),
    { numRuns: 40 },
  );
});
