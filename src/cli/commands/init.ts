/** `keywright init`: the first files of a repository of keys. Overwrites nothing. */

import { appendFile, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { EXIT } from "../../core/error.ts";
import { slugOf } from "../../manifests/importing/store-text.ts";
import type { Host } from "../host.ts";
import { version } from "../version.ts";
import { writeNewFile } from "../write-new-file.ts";

export async function init(host: Host, directory: string): Promise<number> {
  const root = resolve(host.cwd, directory);
  const written: string[] = [];
  const kept: string[] = [];
  for (const [path, text] of Object.entries(filesFor(root))) {
    ((await writeNewFile(join(root, path), text)) ? written : kept).push(path);
  }
  if (await ignoreOurs(join(root, ".gitignore"))) written.push(".gitignore");
  for (const path of written) host.out(`wrote  ${path}\n`);
  for (const path of kept) host.out(`kept   ${path} (it was there before)\n`);
  if (written.includes("keywright.yaml")) host.out(`\ninstance: ${instanceFor(root)}. ${UNIQUE}\n`);
  host.out("\nNext: keywright validate, then keywright plan, then keywright apply\n");
  return EXIT.done;
}

const UNIQUE =
  "No other set of manifests on the same store may have this name: change it now if need be, and never after the first apply.";

/** The directory's name, as far as an instance can be called so. */
const instanceFor = (root: string): string => slugOf(basename(root), 63) || "my-keys";

/** The embedded store, the secrets and the ledger lie under `.keywright`, and plans are saved: none of it belongs into Git. */
const IGNORED = [
  [/^\/?\.keywright\/?$/m, ".keywright/"],
  [/^\/?plan\.json$/m, "plan.json"],
] as const;

async function ignoreOurs(file: string): Promise<boolean> {
  const before = await readFile(file, "utf8").catch(() => "");
  const missing = IGNORED.flatMap(([pattern, line]) => (pattern.test(before) ? [] : `${line}\n`));
  if (missing.length === 0) return false;
  await appendFile(file, `${before === "" || before.endsWith("\n") ? "" : "\n"}${missing.join("")}`);
  return true;
}

const configFor = (
  instance: string,
): string => `# Where things are and where credentials may go. Manifests cannot widen any of it.
apiVersion: keywright/v1
kind: Config
# Identity of these manifests against this store: unique there, and never changed after the first apply.
instance: ${instance}
manifests: ["keys/**/*.yaml"]
store:
  driver: embedded                      # a key store in this process; see keywright serve for a server
  directory: .keywright/store
sinks:
  local: { driver: file, directory: .keywright/secrets }
ledger: { driver: file, directory: .keywright/ledger }
guards: { maxRevocations: 3, maxRevocationsPercent: 10 }
defaults:
  rotation: { at: 66%, overlap: 24h }
`;

const MANIFEST = `apiVersion: keywright/v1
kind: ApiKey
metadata:
  name: example
  owner: my-team
spec:
  description: The first key under Keywright; rename it, or replace it by your own
  roles: [READ_ONLY]
  expires: { after: 90d }
  deliverTo:
    - { sink: local, path: example }
`;

/** Pinned as the releases of their authors are; `test/workflows.test.ts` checks it like our own workflows. */
const WORKFLOW = `name: keywright
# Every fault of a manifest at its line, in every pull request, without any secret. What it would do to the keys, and the
# merge that does it, need a store and a ledger that workflows can reach:
# https://github.com/keywright/keywright/tree/main/examples/github-action
on:
  pull_request:
permissions: {}
jobs:
  validate:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0
        with: { fetch-depth: 0, persist-credentials: false }
      - uses: keywright/keywright@v${version.split(".")[0]}
        with:
          mode: validate
`;

const filesFor = (root: string): Readonly<Record<string, string>> => ({
  "keywright.yaml": configFor(instanceFor(root)),
  "keys/example.yaml": MANIFEST,
  ".github/workflows/keywright.yml": WORKFLOW,
});
