/** Numbered pages, as all lists of the Cortex API have them: `pageSize` 1 to 1000, `page` from 0. */

export const PAGING = {
  pageSize: { type: "string", pattern: "^([1-9]\\d{0,2}|1000)$" },
  page: { type: "string", pattern: "^\\d{1,9}$" },
} as const;

export const PAGING_ANSWER = {
  page: { type: "integer" },
  total: { type: "integer" },
  totalPages: { type: "integer" },
} as const;

export interface PagingQuery {
  readonly pageSize?: string;
  readonly page?: string;
}

export interface Page {
  readonly number: number;
  readonly limit: number;
  readonly offset: number;
}

/** The real service's defaults are for lists that do not insist on the parameters. */
export function parsePage({ pageSize = "250", page = "0" }: PagingQuery): Page {
  const limit = Number(pageSize);
  const number = Number(page);
  return { number, limit, offset: number * limit };
}

/** The page that was asked for, also beyond the end: the real service's samples echo another one. */
export const renderPage = ({ number, limit }: Page, total: number) => ({
  page: number,
  total,
  totalPages: Math.ceil(total / limit),
});

export const sliceOf = <T>(all: readonly T[], { limit, offset }: Page): readonly T[] =>
  all.slice(offset, offset + limit);
