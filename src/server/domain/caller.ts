import type { RoleRef } from "../../core/role-ref.ts";
import type { Actor } from "./audit.ts";

/** Who makes a request: the credential it was authenticated with, and what that allows at this instant. */
export interface Caller extends Actor {
  readonly type: "API_KEY" | "PERSONAL_API_KEY";
  readonly id: string;
  /** The user whose personal token it is; null for an API key. */
  readonly userId: string | null;
  readonly roles: readonly RoleRef[];
  readonly permissions: ReadonlySet<string>;
  /** The change that was the newest when it was let in; undefined for one that no gate has let in. */
  readonly admittedAt?: number;
}
