import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ApprovalNeed } from "../core/approval/approval.ts";
import type { Risk } from "../core/risk/risk.ts";
import { commentMarker } from "./comment-marker.ts";
import { hostileNeeds, hostilePlan } from "./hostile-plan.fixture.ts";
import {
  aBlocked,
  aCreate,
  aKey,
  anUpdate,
  aPlan,
  aRef,
  aRevocation,
  aRotation,
  hostileLine,
  NOW,
} from "./plan.fixture.ts";
import { type CommentContext, renderPullRequestComment } from "./render-pull-request-comment.ts";
import { ACTING, renderedPage } from "./rendered-page.fixture.ts";

const MARKER = commentMarker("plan", "acme-prod");

const about = (over: Partial<CommentContext> = {}): CommentContext => ({
  now: NOW,
  marker: MARKER,
  headSha: "9c1b7d10aa".padEnd(40, "0"),
  baseBranch: "main",
  isProtectedBase: true,
  needs: [],
  ...over,
});

const widened: Risk = {
  class: "privilege-widened",
  kind: "ApiKey",
  name: "scanner",
  message: "role ADMIN comes to READ_ONLY",
};

test("the comment tells the sum, the risk, what is needed, the changes, their details, and what a merge does", () => {
  const needs: readonly ApprovalNeed[] = [
    { rule: { risks: ["privilege-widened"], team: "acme/security", label: "keys-agreed" }, risks: [widened] },
  ];
  const plan = aPlan({
    changes: [aCreate({ desired: aKey({ name: "new-one" }) }), aRotation()],
    risks: [widened],
    violations: [{ guard: "lockout", message: "nobody is left", hint: "keep one", names: ["scanner"] }],
    blocked: [aBlocked()],
    notices: [{ code: "FOREIGN_KEYS", message: "2 keys" }],
    budget: { requests: 12, seconds: 4 },
  });
  const body = renderPullRequestComment(plan, about({ needs, artifact: "keywright-plan" }));
  const lines = body.split("\n");
  expect(lines.slice(0, 18)).toEqual([
    "### Keywright plan for `acme-prod`",
    "",
    "**Plan: 1 to create, 1 to rotate, 0 to update, 0 to revoke; 1 left alone.** It takes 12 requests, about 4 s at this store's limit.",
    "",
    "Risk **high**: 1 privilege widened.",
    "",
    "> [!CAUTION]",
    "> **Refused by a guard: this plan cannot be applied as it is.**",
    ">",
    "> - **`lockout`** nobody is left (hint: keep one)",
    "",
    "> [!IMPORTANT]",
    "> **Needed before an apply carries this out:**",
    ">",
    "> - the label keys-agreed and an approving review by acme/security, for **privilege widened**: `scanner`",
    "",
    "| | Change | Kind | Name | Risk | Why |",
    "| --- | --- | --- | --- | --- | --- |",
  ]);
  expect(lines[18]).toMatch(
    /^\| ↻ \| rotate \| ApiKey \| `scanner` \| \*\*privilege widened\*\* \| roles change/,
  );
  expect(lines[19]).toBe("| + | create | ApiKey | `new-one` | | declared and not in the store |");
  expect(body).toContain("- risk: **privilege widened**: role ADMIN comes to READ&#95;ONLY\n");
  expect(body).toContain("- next rotation: about 2027-01-19 17&#58;36 UTC, at 66% of its life\n");
  expect(lines.slice(-7)).toEqual([
    "",
    "**On merge:** the apply on `main` refuses this plan, as long as a guard does.",
    "",
    `Plan \`sha256:${"c".repeat(64)}\` · commit \`9c1b7d10aa00\` · store \`embedded .keywright/store\` · artifact \`keywright-plan\``,
    "",
    MARKER,
    "",
  ]);
});

test.each([
  ["into the protected branch is carried out", {}, "the apply on `main` plans again and carries this out."],
  [
    "that needs agreement says so",
    { needs: [{ rule: { risks: ["privilege-widened"], reviews: 2 }, risks: [widened] }] },
    "carries this out, once all that is needed is there.",
  ],
  [
    "into another branch does nothing",
    { isProtectedBase: false, baseBranch: "next" },
    "nothing. Only the protected branch is applied, and `next` is not it.",
  ],
] as const)("a merge %s", (_, over: Partial<CommentContext>, words) => {
  const body = renderPullRequestComment(aPlan({ changes: [aRevocation()] }), about(over));
  expect(body.split("\n").find((line) => line.startsWith("**On merge:** "))).toContain(words);
});

test("an empty plan is one line and the marker", () => {
  const plan = aPlan({ notices: [{ code: "FOREIGN_KEYS", message: "2 keys" }] });
  const counts = { ...plan.counts, unchangedKeys: 12 };
  expect(renderPullRequestComment({ ...plan, counts }, about())).toBe(
    `Keywright \`acme-prod\` at \`9c1b7d10aa00\`: **No changes: 12 keys are as declared.** 1 notice in the run.\n\n${MARKER}\n`,
  );
});

test("a plan without changes that a guard refuses is no empty plan", () => {
  const violations = [
    { guard: "empty-desired-set", message: "no key at all", hint: "look at the path", names: [] },
  ] as const;
  expect(renderPullRequestComment(aPlan({ violations }), about())).toContain("no key at all");
});

test("needs are told by what they demand and for whom, a few names of many", () => {
  const risks = Array.from({ length: 12 }, (_, i) => ({ ...widened, name: `key-${i}` }));
  const needs = [
    { rule: { risks: ["privilege-widened"], reviews: 2, environment: "production" }, risks },
  ] as const;
  expect(renderPullRequestComment(aPlan({ changes: [aRevocation()] }), about({ needs }))).toMatch(
    /\n> - 2 approving reviews and a run .* environment production, for \*\*privilege widened\*\*: `key-0`, .*`key-9` and 2 more\n/,
  );
});

/** `count` rotations, updates and creates with names, reasons and values as long as they are in life. */
function manyChanges(count: number): ReturnType<typeof aPlan> {
  const changes = Array.from({ length: count }, (_, i) => {
    const name = `payments-gateway-${String(i).padStart(4, "0")}`;
    const desired = aKey({ name, deliverTo: [{ sink: "vault", path: `kv/${name}`, field: "TOKEN" }] });
    if (i % 5 === 0) return aCreate({ desired });
    if (i % 5 === 1) return anUpdate({ desired, current: aRef({ id: `k_${i}` }) });
    const message = `due since 2026-11-20T0${i % 9}:00:00.000Z (at 66% of its life)`;
    return aRotation({ desired, fields: [], reasons: [{ code: "nearing-expiry", message }] });
  });
  return aPlan({ changes, risks: [{ ...widened, name: "payments-gateway-0499" }] });
}

test("G10: a comment of 500 keys is within the limit, names each, and says what it left out and where that is", () => {
  const plan = manyChanges(500);
  const body = renderPullRequestComment(plan, about({ artifact: "keywright-plan" }));
  expect(body.length).toBeLessThanOrEqual(65_536);
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(262_144);
  const table = body.slice(0, body.indexOf("<details>"));
  for (const { name } of plan.changes) expect(table).toContain(`\`${name}\``);
  expect(table.split("\n").filter((line) => line.startsWith("|")).length).toBeLessThan(40);
  const shown = body.match(/^<details>/gm)?.length ?? 0;
  expect(shown).toBeGreaterThan(50);
  expect(body.match(/^<\/details>/gm)).toHaveLength(shown);
  expect(body).toContain(
    `\n**Cut to fit.** Not shown: ${500 - shown} of 500 details. The artifact \`keywright-plan\` has all of the plan.\n`,
  );
  expect(body).toContain("<details><summary>rotate ApiKey <code>payments-gateway-0499</code>");
  expect(body.endsWith(`\n${MARKER}\n`)).toBe(true);
});

const times = <T>(count: number, items: readonly T[]): readonly T[] =>
  Array.from({ length: count }, () => items).flat();

test("G10: a cut comment keeps refusals, needs, marker and whole folds, whatever is long", () => {
  const long = "\u{1f511}<@".repeat(400);
  const one = hostilePlan(long);
  for (const count of [6, 60]) {
    const plan = {
      ...one,
      changes: times(count, one.changes),
      blocked: times(count, one.blocked),
      notices: times(count, one.notices),
      violations: times(count, one.violations),
    };
    const body = renderPullRequestComment(plan, about({ needs: times(count, hostileNeeds(long)) }));
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body.length).toBeGreaterThan(50_000);
    expect(body.match(/^<details>/gm)?.length).toBe(body.match(/^<\/details>/gm)?.length);
    for (const part of ["[!CAUTION]", "[!IMPORTANT]", "| Change |", "**Left alone**", "**Notices**"])
      expect(body).toContain(part);
    expect(body.match(/<!--/g)).toHaveLength(1);
    expect(body.endsWith(`\n${MARKER}\n`)).toBe(true);
  }
});

/** With `text` wherever text from outside comes. */
const render = (text: string): string =>
  renderPullRequestComment(
    hostilePlan(text),
    about({
      headSha: text,
      baseBranch: text,
      artifact: text,
      needs: hostileNeeds(text),
      remarks: [text, text],
      runUrl: "https://github.example/acme/keys/actions/runs/1",
    }),
  );

test("G9, G10: nothing in a plan makes an element, a link, a mention or a reference, or forges the marker", () => {
  const plain = renderedPage(render("x"));
  expect(plain.tags.filter((tag) => /^<(a|img|script)\b/.test(tag))).toEqual([
    '<a href="https://github.example/acme/keys/actions/runs/1">',
  ]);
  fc.assert(
    fc.property(hostileLine(), (hostile) => {
      const body = render(hostile);
      const { tags, prose } = renderedPage(body);
      expect(tags).toEqual(plain.tags);
      expect(prose).not.toMatch(ACTING);
      expect(body).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      expect(body.match(/<!--/g)).toHaveLength(1);
    }),
    { numRuns: 120 },
  );
});

test.each([
  ["another comment", "<!-- other -->"],
  ["a name that ends it", "<!-- keywright:plan a --> -->"],
  ["more than a line", "<!-- keywright:plan a\n -->"],
])("G10: a marker that is %s is refused", (_, marker) => {
  expect(() => renderPullRequestComment(aPlan(), about({ marker }))).toThrow("marker");
});

test("G10: no instance becomes a marker that is none", () => {
  expect(() => commentMarker("plan", "a -->")).toThrow("lower-case");
});
