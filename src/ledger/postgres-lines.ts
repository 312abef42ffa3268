/** The rows of one instance's lines, and its head: what is asked of PostgreSQL, and what is made of the answers. */

import type { PoolClient, QueryResultRow } from "pg";
import type { LeaseMove } from "./fenced-lease.ts";
import { corruptLedger } from "./ledger-fault.ts";
import type { ChainLink, CheckedLine, RenderedLine } from "./ledger-line.ts";
import type { Head } from "./postgres-tables.ts";
import { readLine } from "./read-entry.ts";

/** Asks for lines, inside of a transaction or not. */
export type Ask = (
  sql: string,
  parameters: readonly unknown[],
) => Promise<readonly { readonly line: string }[]>;

export const askOf =
  (client: PoolClient) =>
  async <R extends QueryResultRow>(sql: string, parameters: readonly unknown[]): Promise<readonly R[]> =>
    (await client.query<R>(sql, [...parameters])).rows;

const PAGE_LINES = 500;

const READ_PAGE = `select line from keywright_ledger_lines
  where instance = $1 and seq > $2 and seq <= $3 order by seq limit $4`;

/** The lines after `from` up to the head, page by page. LEDGER_CORRUPT where they do not follow from one another. */
export async function* readChain(
  ask: Ask,
  { place, instance }: { readonly place: string; readonly instance: string },
  from: ChainLink,
  head: Head,
): AsyncGenerator<CheckedLine> {
  let link = from;
  while (link.seq < head.seq) {
    const rows = await ask(READ_PAGE, [instance, link.seq, head.seq, PAGE_LINES]);
    if (rows.length === 0) throw corruptLedger(`${place}:${link.seq + 1}`, "it is missing");
    for (const { line: text } of rows) {
      const line = readLine(link, text, place, instance);
      link = line.link;
      yield line;
    }
  }
  if (link.hash === head.hash) return;
  throw corruptLedger(`${place}:${link.seq}`, "it is not the line that the ledger's head speaks of");
}

export interface Insertion {
  readonly instance: string;
  /** Of this write alone: tells whether it was committed. */
  readonly id: string;
  readonly lines: readonly RenderedLine[];
  /** After them. */
  readonly head: Head;
  readonly lease: LeaseMove;
  readonly leaseMs: number;
}

const INSERT = `with added as (
    insert into keywright_ledger_lines (instance, seq, line, write_id)
    select $1, seq, line, $2 from unnest($3::bigint[], $4::text[]) as new (seq, line)
  )
  update keywright_ledger_heads set seq = $5, hash = $6, lease_until = case $7
    when 'hold' then clock_timestamp() + make_interval(secs => $8::double precision / 1000)
    when 'leave' then lease_until
  end
  where instance = $1`;

export async function insertLines(client: PoolClient, insertion: Insertion): Promise<void> {
  const { instance, id, lines, head, lease, leaseMs } = insertion;
  const numbers = lines.map(({ link }) => link.seq);
  const texts = lines.map(({ text }) => text);
  await client.query(INSERT, [instance, id, numbers, texts, head.seq, head.hash, lease, leaseMs]);
}

/** Until when somebody holds the lease by the database's clock; undefined: nobody does. */
export async function readLease(
  ask: (sql: string, parameters: readonly unknown[]) => Promise<readonly { readonly lease_until: Date }[]>,
  instance: string,
): Promise<string | undefined> {
  const sql = `select lease_until from keywright_ledger_heads
    where instance = $1 and lease_until > clock_timestamp()`;
  const [head] = await ask(sql, [instance]);
  return head?.lease_until.toISOString();
}
