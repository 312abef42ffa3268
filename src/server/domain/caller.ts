import type { RoleRef } from "../../core/role-ref.ts";

/** Who makes a request: the key it was authenticated with. */
export interface Caller {
  readonly id: string;
  readonly roles: readonly RoleRef[];
  readonly permissions: ReadonlySet<string>;
}
