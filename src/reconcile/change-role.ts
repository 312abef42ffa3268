/** Carries out changes of roles, of the security policy and of the IP allowlist. */

import type { Change, RoleChange, UpdateAllowlist, UpdatePolicy } from "../core/change.ts";
import type { Effect } from "../core/ledger-event.ts";
import { effect, type Run } from "./effect.ts";

export function changeRole(run: Run, change: RoleChange): Promise<void> {
  const { store } = run.world;
  switch (change.action) {
    case "create":
      return roleEffect(run, "create-role", change, async () => {
        await store.create({ kind: "Role", instance: run.instance, role: change.desired });
      });
    case "update":
      return roleEffect(run, "update-role", change, () =>
        store.update({ kind: "Role", instance: run.instance, role: change.desired }),
      );
    case "revoke":
      return roleEffect(run, "revoke-role", change, () => store.revoke({ kind: "Role", name: change.name }));
  }
}

export const changePolicy = (run: Run, change: UpdatePolicy): Promise<void> =>
  roleEffect(run, "update-policy", change, () =>
    run.world.store.update({ kind: "SecurityPolicy", policy: change.desired }),
  );

export const replaceAllowlist = (run: Run, change: UpdateAllowlist): Promise<void> =>
  roleEffect(run, "replace-allowlist", change, () =>
    run.world.store.update({ kind: "IpAllowlist", entries: change.desired.entries }),
  );

const roleEffect = (
  run: Run,
  name: Effect,
  { kind, name: target }: Change,
  act: () => Promise<void>,
): Promise<void> => effect(run, { effect: name, kind, name: target }, act);
