/** Our own workflows, those of the examples and the one that `init` writes keep to C1 and C2; and bad ones are told. */

import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { aHost } from "../src/cli/a-host.fixture.ts";
import { init } from "../src/cli/commands/init.ts";
import { parseConfig } from "../src/config/parse-config.ts";
import { checkWorkflow } from "./workflows/check-workflow.fixture.ts";
import { parseExpression } from "./workflows/parse-expression.fixture.ts";
import { type ActionDescription, OWN } from "./workflows/workflow-parts.fixture.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(ROOT + path, "utf8");

const { version } = JSON.parse(read("package.json")) as { readonly version: string };
const TAG = `v${version.split(".")[0]}`;
const action = parse(read("action.yml")) as ActionDescription & { readonly runs: object };
const EXAMPLES = "examples/github-action/.github/workflows";
const FILES = [".github/workflows", EXAMPLES].flatMap((folder) =>
  readdirSync(ROOT + folder).map((name) => `${folder}/${name}`),
);

test.each(FILES)("C1, C2: %s keeps to every rule", (path) => {
  expect(checkWorkflow(read(path), action)).toEqual([]);
});

test("C1, C2: the workflow that init writes keeps to every rule", async () => {
  const directory = await mkdtemp(join(tmpdir(), "keywright-init-"));
  try {
    expect(await init(aHost({ cwd: directory }), ".")).toBe(0);
    const text = await readFile(join(directory, ".github/workflows/keywright.yml"), "utf8");
    expect(checkWorkflow(text, action)).toEqual([]);
    expect(text).toContain(`uses: ${OWN}@${TAG}\n`);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

test("C3: the example stores no credential for Vault: jobs that may log in say what they are, and jobs of pull requests cannot", () => {
  const { config, issues } = parseConfig(read("examples/github-action/keywright.yaml"), {
    file: "keywright.yaml",
    directory: "/repo",
  });
  expect(issues).toEqual([]);
  expect(config?.sinks.get("vault")).toMatchObject({ driver: "vault", auth: { method: "githubActions" } });
  const mayLogIn = (name: string): readonly unknown[] => {
    const { jobs } = parse(read(`${EXAMPLES}/${name}`)) as { jobs: Record<string, { permissions: object }> };
    return Object.values(jobs).map(({ permissions }) => Object.hasOwn(permissions, "id-token"));
  };
  expect(mayLogIn("keywright-apply.yml")).toEqual([true]);
  expect(mayLogIn("keywright-drift.yml")).toEqual([true]);
  expect(mayLogIn("keywright-pull-request.yml")).toEqual([false, false]);
  const stored = FILES.flatMap((path) => [...read(path).matchAll(/secrets\.(\w+)/g)].map(([, name]) => name));
  expect(stored.filter((name) => /vault/i.test(name ?? ""))).toEqual([]);
  expect(stored.length).toBeGreaterThan(4);
});

test("the credentials of the example are those that its workflows hand over", () => {
  const named = [...read("examples/github-action/keywright.yaml").matchAll(/env: (KEYWRIGHT_\w+)/g)].map(
    ([, name]) => name,
  );
  for (const path of FILES.filter((each) => each.startsWith(EXAMPLES))) {
    const given = [...read(path).matchAll(/^ {10}(KEYWRIGHT_\w+): /gm)].map(([, name]) => name);
    expect([path, new Set(given)]).toEqual([path, new Set(named)]);
  }
});

test("the Action runs one bundle, on a Node that its runners have", () => {
  expect(action.runs).toMatchObject({ using: "node24", main: "action/index.mjs" });
});

const PAGES = ["README.md", ...filesBelow("docs"), ...filesBelow("examples")];

function filesBelow(folder: string): readonly string[] {
  return readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name}`)
    .filter((name) => /\.(md|ya?ml)$/.test(name));
}

test("whoever is told to use the Action is told the tag of this version's releases", () => {
  const named = PAGES.flatMap((path) =>
    [...read(path).matchAll(new RegExp(`${OWN}@([\\w.-]+)`, "g"))].map(([, tag]) => `${path} ${tag}`),
  );
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((each) => !each.endsWith(` ${TAG}`))).toEqual([]);
});

test("C1, C2: each whole workflow that a page shows keeps to every rule", () => {
  const shown = PAGES.flatMap((path) =>
    [...read(path).matchAll(/^```ya?ml\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => ({ path, text })),
  ).filter(({ text }) => /^on:/m.test(text) && /^jobs:/m.test(text));
  expect(
    shown.flatMap(({ path, text }) => checkWorkflow(text, action).map((fault) => `${path}: ${fault}`)),
  ).toEqual([]);
});

test("C2: whatever page shows an action of others shows it pinned by its commit", () => {
  const shown = PAGES.flatMap((path) =>
    [...read(path).matchAll(/\buses: +([^\s`]+)(?: +# +(\S+))?/g)].map(([, uses = "", tag]) => ({
      path,
      uses,
      tag,
    })),
  ).filter(({ uses }) => uses.includes("@") && !uses.startsWith(`${OWN}@`));
  expect(shown.length).toBeGreaterThan(4);
  expect(shown.filter(({ uses, tag }) => !/@[0-9a-f]{40}$/.test(uses) || tag === undefined)).toEqual([]);
});

/** A pull request's workflow and an apply's, each as it should be; each bad one changes a few words of them. */
const PULL_REQUEST = read(`${EXAMPLES}/keywright-pull-request.yml`);
const APPLY = read(`${EXAMPLES}/keywright-apply.yml`);
const DRIFT = read(`${EXAMPLES}/keywright-drift.yml`);
const SAME = "    if: github.event.pull_request.head.repo.full_name == github.repository\n";
const CHECKOUT = "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8";

type Bad = readonly [name: string, text: string, from: string | RegExp, to: string, told: RegExp];

const BAD: readonly Bad[] = [
  [
    "C1: pull_request_target",
    PULL_REQUEST,
    "  pull_request:",
    "  pull_request_target:",
    /^syntax: \/on .*pull_request_target/,
  ],
  ["C1: a plan for forks too", PULL_REQUEST, SAME, "", /^C1 forks: plan reads secrets/],
  ["C1: rights to write for forks", PULL_REQUEST, SAME, "", /^C1 forks: plan may write pull-requests/],
  [
    "C1: a condition that does not exclude forks",
    PULL_REQUEST,
    / == github\.repository\n/,
    " == github.repository || true\n",
    /^C1 forks: plan/,
  ],
  ["C1: a condition that turns it round", PULL_REQUEST, "full_name == ", "full_name != ", /^C1 forks: plan/],
  [
    "C1: a secret in the job for all",
    PULL_REQUEST,
    "          mode: validate\n",
    "          mode: validate\n          token: ${{ secrets.TOKEN }}\n",
    /^C1 forks: validate reads secrets/,
  ],
  [
    "C1: an environment in the job for all",
    PULL_REQUEST,
    "  validate:\n",
    "  validate:\n    environment: production\n",
    /^C1 forks: validate has an environment/,
  ],
  [
    "C1: a pull request that may write code",
    PULL_REQUEST,
    "checks: write",
    "issues: write",
    /^C1 pull request: plan may write issues/,
  ],
  [
    "C1: an identity for pull requests",
    PULL_REQUEST,
    "checks: write",
    "id-token: write",
    /^C1 pull request: plan may write id-token/,
  ],
  [
    "C1: an apply for pull requests",
    PULL_REQUEST,
    "mode: plan",
    "mode: apply",
    /^C1 changes: plan: pull requests start mode apply/,
  ],
  [
    "C1: an apply for every branch",
    APPLY,
    "    branches: [main]",
    '    branches: ["**"]',
    /^C1 changes: apply: pushes to other branches/,
  ],
  [
    "C1: an apply for tags",
    APPLY,
    "    branches: [main]",
    "    branches: [main]\n    tags: [v1]",
    /^C1 changes: apply: tags start/,
  ],
  [
    "C1: an apply without an environment",
    APPLY,
    "    environment: production\n",
    "",
    /^C1 changes: apply: mode apply without an environment/,
  ],
  [
    "C1: a fix without an environment",
    DRIFT,
    "    environment: production-drift\n",
    "",
    /^C1 changes: drift: mode drift without/,
  ],
  [
    "C2: an event's text in run",
    APPLY,
    / {6}- uses: keywright[^\n]*\n/,
    "      - run: echo ${{ github.event.head_commit.message }}\n$&",
    /^C2 injection: jobs\.apply\.steps\.1\.run/,
  ],
  [
    "C2: an input in run",
    APPLY,
    / {6}- uses: keywright[^\n]*\n/,
    "      - run: echo ${{ inputs.approve-digest }}\n$&",
    /^C2 injection/,
  ],
  [
    "C2: an event's text in an input",
    PULL_REQUEST,
    "mode: plan",
    "mode: plan\n          ref: ${{ github.head_ref }}",
    /^expression: .*github\.head_ref is not to be read/,
  ],
  [
    "C2: rights to write at the top",
    PULL_REQUEST,
    "permissions: {}",
    "permissions: { contents: write }",
    /^C2 permissions: contents: write/,
  ],
  [
    "C2: a right for all at the top",
    PULL_REQUEST,
    "permissions: {}",
    "permissions: { issues: read }",
    /^C2 permissions: issues/,
  ],
  ["C2: no permissions at the top", PULL_REQUEST, "permissions: {}\n", "", /^syntax: .*permissions/],
  [
    "C2: all permissions",
    PULL_REQUEST,
    "permissions: {}",
    "permissions: write-all",
    /^syntax: \/permissions must be object/,
  ],
  [
    "C2: a job without permissions",
    DRIFT,
    /    permissions:\n(?: {6}.*\n)+/,
    "",
    /^syntax: \/jobs\/drift .*permissions/,
  ],
  [
    "C2: an action by its tag",
    APPLY,
    /checkout@\w+ # v5/,
    "checkout@v5 # v5",
    /^C2 pins: apply: actions\/checkout@v5 is not pinned/,
  ],
  ["C2: an action by half of its commit", APPLY, CHECKOUT, CHECKOUT.slice(0, -1), /^C2 pins: apply/],
  ["C2: an action without its tag", APPLY, `${CHECKOUT} # v5.0.0`, CHECKOUT, /^C2 pins: .* without its tag/],
  ["C2: ours from a branch", APPLY, `${OWN}@v0`, `${OWN}@main`, /^C2 pins: .* is no release/],
  ["C2: somebody else's ours", APPLY, `${OWN}@v0`, "keywrlght/keywright@v0", /^C2 pins: .*keywrlght/],
  [
    "C2: an apply that a newer one stops",
    APPLY,
    "cancel-in-progress: false",
    "cancel-in-progress: true",
    /^C2 concurrency: apply/,
  ],
  [
    "C2: applies side by side",
    APPLY,
    "group: keywright-apply",
    "group: keywright-apply-${{ github.sha }}",
    /^C2 concurrency: apply/,
  ],
  ["C2: no concurrency for an apply", APPLY, /concurrency:\n(?: {2}.*\n)+/, "", /^C2 concurrency: apply/],
  [
    "C2: an apply for some paths",
    APPLY,
    "    branches: [main]",
    '    branches: [main]\n    paths: ["keys/**"]',
    /^C2 changes: apply: with paths/,
  ],
  [
    "C2: a token that is left behind",
    APPLY,
    "persist-credentials: false",
    "persist-credentials: true",
    /^C2 checkout: apply/,
  ],
  ["a shallow clone", APPLY, "fetch-depth: 0, ", "", /^checkout: apply: fetch-depth/],
  [
    "a field that does not exist",
    APPLY,
    "timeout-minutes",
    "timeout-minute",
    /^syntax: \/jobs\/apply .*timeout-minute"/,
  ],
  [
    "a field that stands twice",
    APPLY,
    "    environment: production\n",
    "    environment: a\n    environment: b\n",
    /^yaml: .*unique/,
  ],
  ["an alias", APPLY, "name: keywright apply", "name: &a x\nrun-name: *a", /^yaml: anchors/],
  ["a right that does not exist", APPLY, "statuses: write", "status: write", /^syntax: .*"status"/],
  [
    "an event that does not exist",
    APPLY,
    "workflow_dispatch:",
    "workflow_despatch:",
    /^syntax: \/on .*workflow_despatch/,
  ],
  [
    "a step that does nothing",
    APPLY,
    `uses: ${CHECKOUT} # v5.0.0\n        with`,
    "name: nothing\n        env",
    /^syntax: \/jobs\/apply\/steps\/0/,
  ],
  ["a schedule that is none", DRIFT, "17 */6 * * *", "17 */6 * * * * *", /^schedule: /],
  ["a schedule that never comes", DRIFT, "17 */6 * * *", "0 0 31 2 *", /^schedule: /],
  [
    "an expression that ends too early",
    PULL_REQUEST,
    SAME,
    "    if: github.repository ==\n",
    /^expression: jobs\.plan\.if: .*ends too early/,
  ],
  [
    "a condition with text around it",
    PULL_REQUEST,
    SAME,
    "    if: ${{ false }} && true\n",
    /^expression: .*always true/,
  ],
  [
    "a context that is not there yet",
    PULL_REQUEST,
    SAME,
    "    if: steps.plan.outputs.changes == '1'\n",
    /^expression: jobs\.plan\.if: steps cannot be read/,
  ],
  [
    "a secret outside of a step",
    APPLY,
    "environment: production\n",
    "environment: ${{ secrets.PLACE }}\n",
    /^expression: .*secrets cannot be read/,
  ],
  [
    "a function that does not exist",
    PULL_REQUEST,
    "!cancelled()",
    "!canceled()",
    /^expression: .*canceled\(\)/,
  ],
  [
    "an input of the workflow that is not declared",
    APPLY,
    "inputs.approve-digest }}",
    "inputs.approve }}",
    /^reference: apply: inputs\.approve:/,
  ],
  [
    "an output that the Action does not give",
    PULL_REQUEST,
    "steps.plan.outputs.plan-path != ''",
    "steps.plan.outputs.planpath != ''",
    /^reference: plan: steps\.plan\.outputs\.planpath/,
  ],
  [
    "a step that is not there",
    PULL_REQUEST,
    "steps.plan.outputs.plan-path != ''",
    "steps.plam.outputs.plan-path != ''",
    /^reference: plan: steps\.plam/,
  ],
  [
    "a job that is not there",
    PULL_REQUEST,
    "  plan:\n",
    "  plan:\n    needs: validation\n",
    /^reference: plan: needs validation/,
  ],
  [
    "an input that the Action does not have",
    APPLY,
    "approve-digest: ${{",
    "approved-digest: ${{",
    /^inputs: apply: .* no input approved-digest/,
  ],
  [
    "an Action without its mode",
    APPLY,
    "          mode: apply\n",
    "",
    /^inputs: apply: .* needs the input mode/,
  ],
  [
    "an input that a checkout does not have",
    APPLY,
    "fetch-depth: 0",
    "depth: 0, fetch-depth: 0",
    /^inputs: apply: .* no input depth/,
  ],
  [
    "an action that nobody has looked at",
    APPLY,
    "actions/checkout@",
    "actions/checkouts@",
    /^inputs: apply: actions\/checkouts is not/,
  ],
];

test.each(BAD)("%s is told", (_name, text, from, to, told) => {
  const bad = text.replace(from, to);
  expect(bad).not.toBe(text);
  expect(checkWorkflow(bad, action)).toContainEqual(expect.stringMatching(told));
});

test("an expression where none can stand is told", () => {
  const bad = DRIFT.replace('"17 */6 * * *"', '"${{ vars.CRON }}"');
  expect(checkWorkflow(bad, action)).toContain("expression: on.schedule.0.cron: none can stand here");
});

test.each([
  ["a.b['c d'].*[0] && !(f(1, 'it''s', x) || -2.5 >= 0x1F)"],
  ["github.event.pull_request.head.repo.full_name == github.repository"],
])("%s is an expression", (text) => {
  expect(() => parseExpression(text)).not.toThrow();
});

test.each([
  "",
  "a b",
  "a.",
  "a[",
  "f(a",
  "a &&",
  "'open",
  "a & b",
  '"double"',
  "a == == b",
  "f(a,,b)",
  "1 +",
])("%j is none", (text) => {
  expect(() => parseExpression(text)).toThrow(/"/);
});
