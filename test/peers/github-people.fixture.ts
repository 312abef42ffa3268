/** Who there is on our GitHub, and how it tells of them. */

import type { Access } from "./github-accounts.fixture.ts";

export interface Person {
  readonly id: number;
  readonly login: string;
  /** Apps act as bots. */
  readonly type: "User" | "Bot";
}

export interface ToldPerson extends Person {
  readonly html_url: string;
}

export type Membership = "active" | "pending";

const LOGINS = { personal: "octo-cat", integration: "keywright-app[bot]", workflow: "github-actions[bot]" };

/** Names are found by any spelling. */
export class GitHubPeople {
  readonly #people = new Map<string, Person>();
  readonly #teams = new Map<string, Map<string, Membership>>();

  /** Made where nobody has that name yet. */
  of(login: string): ToldPerson {
    const known = this.#people.get(login.toLowerCase());
    const person = known ?? {
      id: 41_000 + this.#people.size,
      login,
      type: login.endsWith("[bot]") ? "Bot" : "User",
    };
    this.#people.set(login.toLowerCase(), person);
    return { ...person, html_url: `https://github.example/${encodeURIComponent(person.login)}` };
  }

  actorOf({ type, login = LOGINS[type] }: Access): ToldPerson {
    return this.of(login);
  }

  /** `team`: org/slug. */
  addTeam(team: string, members: Readonly<Record<string, Membership>> = {}): void {
    const entries = Object.entries(members).map(([name, state]) => [name.toLowerCase(), state] as const);
    this.#teams.set(team.toLowerCase(), new Map(entries));
  }

  /** Undefined: there is no such team. */
  team(team: string): ReadonlyMap<string, Membership> | undefined {
    return this.#teams.get(team.toLowerCase());
  }
}

/** The App that acts as this bot; null: a user does. */
export function appOf({
  login,
  id,
}: Person): { readonly id: number; readonly slug: string; readonly name: string } | null {
  const slug = /^(.+)\[bot\]$/.exec(login)?.[1];
  return slug === undefined ? null : { id, slug, name: slug };
}
