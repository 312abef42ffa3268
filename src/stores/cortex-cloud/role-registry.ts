/** Roles are read by name and written by name or by id: the tenant's registry says which is which. */

import { KeywrightError } from "../../core/error.ts";
import { compareText } from "../../core/issue.ts";
import { listText } from "../../core/list-text.ts";
import type { RoleRef } from "../../core/role-ref.ts";
import { parseAnswer } from "../../http/answer.ts";
import type { ApiClient } from "../../http/api-client.ts";
import { oneLine } from "../../http/one-line.ts";
import { type RoleAnswer, ROLES } from "./cortex-cloud-answers.ts";

export interface RoleRegistry {
  /**
   * Each role once. STORE_REJECTED for a role that the tenant does not have, has twice, or that is not handed out here.
   */
  find(refs: readonly RoleRef[], signal?: AbortSignal): Promise<readonly RoleAnswer[]>;
  /** Those that `find` finds, sorted. */
  names(signal?: AbortSignal): Promise<readonly string[]>;
}

/** Whoever has it could undo everything: people get it from people, in the console. */
const NEVER_GIVEN = "instance administrator";

/** Read once, when first asked. */
export function createRoleRegistry(client: ApiClient): RoleRegistry {
  let reading: Promise<readonly RoleAnswer[]> | undefined;
  const readOnce = (signal: AbortSignal | undefined): Promise<readonly RoleAnswer[]> => {
    const read = (reading ??= readRoles(client, signal));
    return read.catch((error: unknown) => {
      if (reading === read) reading = undefined;
      throw error;
    });
  };
  return {
    find: async (refs, signal) => {
      const names = new Set(refs.map(nameOf));
      const known = await readOnce(signal);
      return [...names].map((name) => findRole(known, name));
    },
    names: async (signal) => givenNames(await readOnce(signal)),
  };
}

/** What two roles are called is the name of neither. */
const givenNames = (known: readonly RoleAnswer[]): readonly string[] =>
  known
    .map(({ pretty_name: name }) => name)
    .filter((name, _, all) => isGiven(name) && all.filter((each) => each === name).length === 1)
    .toSorted(compareText);

async function readRoles(client: ApiClient, signal: AbortSignal | undefined): Promise<readonly RoleAnswer[]> {
  const { request, response } = await client.read("/platform/iam/v1/role", signal);
  const { data, metadata } = parseAnswer(ROLES, response, request);
  const total = metadata?.total_count ?? 0;
  if (data.length >= total) return data;
  // A role that is not seen may have the name of one that is.
  throw new KeywrightError("STORE_INCOMPLETE", `Cortex Cloud listed ${data.length} of ${total} roles.`, {
    hint: "Run again.",
  });
}

function nameOf(ref: RoleRef): string {
  if (ref.type === "custom") {
    throw new KeywrightError(
      "STORE_REJECTED",
      `Cortex Cloud has no role tags: custom:${ref.tag} is no role there.`,
      {
        hint: "Name every role as the console shows it: { name: … }.",
      },
    );
  }
  if (isGiven(ref.role)) return ref.role;
  throw new KeywrightError("STORE_REJECTED", `Keywright gives no key the role ${ref.role}.`, {
    hint: "Such a key could take over the tenant: make it in the console, or name a role with fewer rights.",
  });
}

const isGiven = (name: string): boolean => name.trim().toLowerCase() !== NEVER_GIVEN;

function findRole(known: readonly RoleAnswer[], name: string): RoleAnswer {
  const [found, twin] = known.filter(({ pretty_name: each }) => each === name);
  if (!found) {
    throw new KeywrightError("STORE_REJECTED", `The tenant has no role ${name}.`, {
      hint: `Name a role as the console shows it: ${oneLine(listText(known.map((role) => role.pretty_name).filter(isGiven)))}.`,
    });
  }
  if (!twin) return found;
  const ids = oneLine(`${found.role_id} and ${twin.role_id}`);
  throw new KeywrightError("STORE_REJECTED", `Several roles of the tenant are named ${name}: ${ids}.`, {
    hint: "Rename one of them in the console: a key could get the wrong one.",
  });
}
