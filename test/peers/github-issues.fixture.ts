/** Issues of a repository of our GitHub, and the comments on them; a pull request is an issue too. */

import type { Person, ToldPerson } from "./github-people.fixture.ts";

export interface IssueState {
  readonly number: number;
  title: string;
  body: string | null;
  state: "open" | "closed";
  stateReason: string | null;
  labels: readonly string[];
  readonly user: ToldPerson;
  readonly createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  isLocked: boolean;
  readonly isPull: boolean;
}

export interface CommentState {
  readonly id: number;
  readonly issue: number;
  body: string;
  readonly user: ToldPerson;
  readonly createdAt: string;
  updatedAt: string;
}

export interface NewIssue {
  readonly title: string;
  readonly body?: string | null | undefined;
  readonly labels?: readonly string[] | undefined;
  readonly isPull?: boolean;
}

export class GitHubIssues {
  readonly #now: () => string;
  readonly #person: (login: string) => ToldPerson;
  readonly #issues = new Map<number, IssueState>();
  readonly #comments = new Map<number, CommentState>();
  /** By their names in small letters. */
  readonly labels = new Map<string, { readonly name: string; readonly color: string }>();
  #lastComment = 9_000;

  constructor(now: () => string, person: (login: string) => ToldPerson) {
    this.#now = now;
    this.#person = person;
  }

  /** In the order of their making. */
  all(): readonly IssueState[] {
    return [...this.#issues.values()];
  }

  /** Throws where there is none. */
  get(number: number): IssueState {
    const found = this.#issues.get(number);
    if (!found) throw new Error(`there is no issue ${number}`);
    return found;
  }

  find(number: number): IssueState | undefined {
    return this.#issues.get(number);
  }

  open({ title, body = null, labels = [], isPull = false }: NewIssue, author: string): IssueState {
    const now = this.#now();
    const issue: IssueState = {
      number: this.#issues.size + 1,
      title,
      body,
      state: "open",
      stateReason: null,
      labels: [],
      user: this.#person(author),
      createdAt: now,
      updatedAt: now,
      closedAt: null,
      isLocked: false,
      isPull,
    };
    this.#issues.set(issue.number, issue);
    this.label(issue.number, ...labels);
    return issue;
  }

  /** Those that the repository has not got are made, as GitHub does it for whoever may write. */
  label(number: number, ...names: readonly string[]): void {
    for (const name of names) this.addLabel(name);
    const issue = this.get(number);
    const known = names.map((name) => this.labels.get(name.toLowerCase())?.name ?? name);
    issue.labels = [...new Set([...issue.labels, ...known])];
  }

  /** False: it has that label already. */
  addLabel(name: string, color = "ededed"): boolean {
    if (this.labels.has(name.toLowerCase())) return false;
    this.labels.set(name.toLowerCase(), { name, color });
    return true;
  }

  /** `reason`: only where the state changes. */
  change(number: number, state: IssueState["state"], reason: string | null = null): void {
    const issue = this.get(number);
    const now = this.#now();
    if (issue.state !== state) {
      issue.stateReason = reason ?? (state === "closed" ? "completed" : "reopened");
      issue.closedAt = state === "closed" ? now : null;
    }
    Object.assign(issue, { state, updatedAt: now });
  }

  edit(number: number, fields: Partial<Pick<IssueState, "title" | "body" | "labels">>): void {
    Object.assign(this.get(number), fields, { updatedAt: this.#now() });
  }

  lock(number: number): void {
    this.get(number).isLocked = true;
  }

  /** Of one issue; oldest first. */
  comments(issue: number): readonly CommentState[] {
    return [...this.#comments.values()].filter((each) => each.issue === issue);
  }

  comment(issue: number, body: string, author: string): CommentState {
    this.#lastComment += 1;
    const [now, user] = [this.#now(), this.#person(author)];
    const comment = { id: this.#lastComment, issue, body, user, createdAt: now, updatedAt: now };
    this.#comments.set(comment.id, comment);
    return comment;
  }

  findComment(id: number): CommentState | undefined {
    return this.#comments.get(id);
  }

  editComment(id: number, body: string): CommentState | undefined {
    const found = this.#comments.get(id);
    if (found) Object.assign(found, { body, updatedAt: this.#now() });
    return found;
  }

  /** True: there was one. */
  removeComment(id: number): boolean {
    return this.#comments.delete(id);
  }
}

export const isBy = (user: Person, login: string): boolean =>
  user.login.toLowerCase() === login.toLowerCase();
