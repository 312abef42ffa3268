/** Makes a project of keys such as people have: one file a key, all of them different. */

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const EMBEDDED = "{ driver: embedded, directory: .keywright/store }";

const configOf = (store) => `apiVersion: keywright/v1
kind: Config
instance: bench
manifests: ["keys/**/*.yaml"]
store: ${store}
sinks:
  local: { driver: file, directory: .keywright/secrets }
ledger: { driver: file, directory: .keywright/ledger }
defaults:
  rotation: { at: 66%, overlap: 24h }
`;

const DEFAULT_ROLES = ["READ_ONLY", "USER", "ADMIN"];

const manifestOf = (name, index) => `apiVersion: keywright/v1
kind: ApiKey
metadata:
  name: ${name}
  owner: team-${index % 40}
  labels: { tier: internal }
spec:
  displayName: Service ${index}
  description: API key of service ${index}, for what it reads at night
  roles: [${DEFAULT_ROLES[index % DEFAULT_ROLES.length]}]
  expires: { after: 90d }
  deliverTo:
    - { sink: local, path: team-${index % 40}/${name} }
`;

/** A directory below `parent` with a configuration and `count` keys in `count` files. Gives its path. */
export function writeProject(parent, count, { store = EMBEDDED } = {}) {
  const directory = join(parent, `keys-${count}`);
  mkdirSync(join(directory, "keys"), { recursive: true });
  writeFileSync(join(directory, "keywright.yaml"), configOf(store));
  for (let index = 0; index < count; index += 1) {
    const name = `service-${String(index).padStart(5, "0")}`;
    writeFileSync(join(directory, "keys", `${name}.yaml`), manifestOf(name, index));
  }
  return directory;
}

/** Makes the project's directory a repository with everything in one commit. */
export function commitAll(directory) {
  const git = (...args) =>
    execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@example.invalid", ...args], {
      cwd: directory,
      stdio: ["ignore", "ignore", "inherit"],
    });
  git("init", "--quiet", "--initial-branch=main");
  git("add", "--", "keywright.yaml", "keys");
  git("-c", "commit.gpgsign=false", "commit", "--quiet", "--message=Declare the keys");
}
