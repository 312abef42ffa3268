/**
 * What is compared: how each is told what to do, how it is run, and what its own record knows. All of them work on
 * `{ directory, sink, url, token, owner, names }`.
 */

import { readFileSync } from "node:fs";
import { readFile, readdir, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const environmentOf = ({ url, token, owner, names, sink }, role) => ({
  STORE_URL: url,
  STORE_TOKEN: token,
  KEY_OWNER: owner,
  KEY_NAMES: names.join(","),
  KEY_ROLE: role,
  SINK: sink,
});

const NAIVE = here("naive-script.mjs");

export const naive = {
  name: "naive script",
  version: `${readFileSync(NAIVE, "utf8").trimEnd().split("\n").length} lines`,
  prepare: async () => undefined,
  commandOf: (work, role) => ({ args: [NAIVE], env: environmentOf(work, role) }),
  /** Its only record is the file that the consumer reads. */
  recordOf: async () => ({ known: new Set(), leaving: new Set() }),
};

const ALCHEMY_PROGRAM = here("alchemy-program.mjs");

/** `entry`: the URL of the installed module. */
export const alchemyOf = ({ entry, version }) => ({
  name: "alchemy",
  version,
  prepare: async () => undefined,
  commandOf: (work, role) => ({
    args: [ALCHEMY_PROGRAM],
    env: {
      ...environmentOf(work, role),
      ALCHEMY: entry,
      ALCHEMY_PASSWORD: "a password of the bench",
      ALCHEMY_TELEMETRY_DISABLED: "1",
      DO_NOT_TRACK: "1",
      CHEAP_KEY_DERIVATION: "1",
    },
  }),
  recordOf: alchemyRecord,
});

/** Its state: what it holds a resource for, and what it is going to delete. */
async function alchemyRecord({ directory }) {
  const [known, leaving] = [new Set(), new Set()];
  const states = (await filesUnder(join(directory, ".alchemy"))).filter((path) => path.endsWith(".json"));
  for (const path of states) {
    const { output, data } = parseState(await readFile(path, "utf8"));
    if (output?.id !== undefined) known.add(output.id);
    for (const { resource } of data?.pendingDeletions ?? []) leaving.add(resource.id);
  }
  return { known, leaving };
}

/** What cannot be parsed records nothing. */
function parseState(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** `KEYWRIGHT_MAIN` runs another build. */
const CLI = process.env.KEYWRIGHT_MAIN ?? here("../../dist/cli/main.js");

export const keywrightOf = (version) => ({
  name: "keywright",
  version,
  prepare: async ({ directory, sink, url, tokenFile, owner }) => {
    const config = `apiVersion: keywright/v1
kind: Config
instance: ${owner}
manifests: ["keys/**/*.yaml"]
store: { driver: keywright, url: "${url}", credential: { file: ${JSON.stringify(tokenFile)} } }
sinks:
  local: { driver: file, directory: ${JSON.stringify(sink)} }
ledger: { driver: file, directory: .keywright/ledger }
`;
    await writeFile(join(directory, "keywright.yaml"), config);
  },
  declare: async ({ directory, names, owner }, role) => {
    await mkdir(join(directory, "keys"), { recursive: true });
    for (const name of names) {
      const manifest = `apiVersion: keywright/v1
kind: ApiKey
metadata: { name: ${name}, owner: ${owner} }
spec:
  roles: [${role}]
  expires: { after: 90d }
  deliverTo: [{ sink: local, path: ${name} }]
`;
      await writeFile(join(directory, "keys", `${name}.yaml`), manifest);
    }
  },
  commandOf: () => ({ args: [CLI, "apply", "--yes"], env: {} }),
  recordOf: keywrightRecord,
});

/** The newest record of each name in its ledger: the key in use, and replaced ones with the date of their end. */
async function keywrightRecord({ directory }) {
  const text = await readFile(join(directory, ".keywright/ledger/ledger.jsonl"), "utf8").catch(() => "");
  const records = new Map();
  for (const line of text.split("\n").filter(Boolean)) {
    const { entry } = JSON.parse(line);
    if (entry.type === "record") records.set(entry.name, entry.record);
  }
  const found = [...records.values()].filter(Boolean);
  return {
    known: new Set(found.flatMap(({ current }) => current?.id ?? [])),
    leaving: new Set(found.flatMap(({ retiring }) => retiring.map(({ id }) => id))),
  };
}

export async function filesUnder(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
