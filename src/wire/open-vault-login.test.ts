import { expect, test } from "vitest";
import type { CredentialRef, VaultAuth } from "../config/config.ts";
import type { Secret } from "../core/secret.ts";
import { openVaultLogin } from "./open-vault-login.ts";

const secret: CredentialRef = {
  type: "env",
  variable: "VAULT_SECRET",
  at: { file: "keywright.yaml", line: 7, column: 3 },
};

const WAYS: readonly (readonly [string, VaultAuth])[] = [
  ["a token", { method: "token", token: secret }],
  ["AppRole", { method: "appRole", mount: "approle", roleId: "role", secretId: secret }],
  ["a JWT", { method: "jwt", mount: "jwt", role: "role", token: secret }],
  ["GitHub Actions", { method: "githubActions", mount: "jwt", role: "role", audience: "https://vault" }],
];

const open = (auth: VaultAuth, isLate: boolean) =>
  openVaultLogin(auth, {
    env: {},
    clock: { now: () => new Date() },
    proxy: undefined,
    onSecret: () => undefined,
    isLate,
  });

test.each(WAYS)(
  "what %s needs is missing from the start, and for who only looks where it is read",
  async (_name, auth) => {
    await expect(open(auth, false)).rejects.toMatchObject({ code: "CREDENTIAL_MISSING" });
    const login = await open(auth, true);
    const [read] = Object.values(login).filter(
      (each) => typeof each === "function",
    ) as (() => Promise<Secret>)[];
    await expect(read?.()).rejects.toMatchObject({ code: "CREDENTIAL_MISSING" });
  },
);
