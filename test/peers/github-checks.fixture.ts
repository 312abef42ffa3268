/** Check runs and statuses of commits on our GitHub, and who let workflow runs into environments. */

import type { ToldPerson } from "./github-people.fixture.ts";

export interface CheckAnnotation {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column?: number;
  readonly end_column?: number;
  readonly annotation_level: string;
  readonly message: string;
  readonly title?: string;
}

export interface CheckBody {
  readonly name?: string;
  readonly head_sha?: string;
  readonly status?: string;
  readonly conclusion?: string;
  readonly external_id?: string;
  readonly details_url?: string;
  readonly output?: {
    readonly title: string;
    readonly summary: string;
    readonly text?: string;
    readonly annotations?: readonly CheckAnnotation[];
  };
}

export interface CheckState {
  readonly id: number;
  readonly sha: string;
  readonly by: ToldPerson;
  name: string;
  status: string;
  conclusion: string | null;
  externalId: string | null;
  detailsUrl: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  annotations: readonly CheckAnnotation[];
  readonly startedAt: string;
  completedAt: string | null;
}

export interface StatusState {
  readonly id: number;
  readonly sha: string;
  readonly context: string;
  readonly state: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly by: ToldPerson;
  readonly at: string;
}

export interface RunApproval {
  readonly state: "approved" | "rejected" | "pending";
  readonly environments: readonly string[];
  readonly user: ToldPerson;
  readonly comment: string;
}

export class GitHubChecks {
  /** In the order of their making. */
  readonly runs: CheckState[] = [];
  readonly statuses: StatusState[] = [];
  readonly #approvals = new Map<string, RunApproval[]>();
  readonly #now: () => string;
  readonly #person: (login: string) => ToldPerson;

  constructor(now: () => string, person: (login: string) => ToldPerson) {
    this.#now = now;
    this.#person = person;
  }

  add(body: CheckBody, by: ToldPerson): CheckState {
    const run: CheckState = {
      id: 70_000 + this.runs.length,
      sha: body.head_sha ?? "",
      by,
      name: body.name ?? "",
      status: "queued",
      conclusion: null,
      externalId: null,
      detailsUrl: null,
      title: null,
      summary: null,
      text: null,
      annotations: [],
      startedAt: this.#now(),
      completedAt: null,
    };
    this.runs.push(run);
    this.change(run, body);
    return run;
  }

  /** Annotations come to those that are there; all else takes the place of what was. */
  change(run: CheckState, { name, status, conclusion, external_id, details_url, output }: CheckBody): void {
    if (name !== undefined) run.name = name;
    if (status !== undefined) run.status = status;
    if (external_id !== undefined) run.externalId = external_id;
    if (details_url !== undefined) run.detailsUrl = details_url;
    if (conclusion !== undefined) {
      Object.assign(run, { conclusion, status: "completed", completedAt: this.#now() });
    }
    if (!output) return;
    const { title, summary, text = null, annotations = [] } = output;
    Object.assign(run, { title, summary, text, annotations: [...run.annotations, ...annotations] });
  }

  /** The latest of each context. */
  status(sha: string, context: string): StatusState | undefined {
    return this.statuses.findLast((each) => each.sha === sha && each.context === context);
  }

  /** As a person does it in the browser. */
  approve(
    runId: string | number,
    environment: string,
    user: string,
    state: RunApproval["state"] = "approved",
  ): void {
    const approval = { state, environments: [environment], user: this.#person(user), comment: "" };
    this.#approvals.set(String(runId), [...this.approvals(String(runId)), approval]);
  }

  approvals(runId: string): readonly RunApproval[] {
    return this.#approvals.get(runId) ?? [];
  }
}
