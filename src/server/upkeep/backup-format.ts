/**
 * A backup is a text file of JSON lines, the same for each engine: a header; for each table that has rows its name and
 * columns, then each row as a list in that order; and a trailer with the number of rows and the SHA-256 of all lines
 * before it. What is sealed or digested in the database is so in here: there is no pepper and no key-encryption key.
 */

import { KeywrightError } from "../../core/error.ts";
import { type TableName, isTableName } from "../database/table-keys.ts";

export const FORMAT = "keywright-backup";
export const FORMAT_VERSION = 1;

export interface BackupHeader {
  readonly format: typeof FORMAT;
  readonly version: typeof FORMAT_VERSION;
  readonly storeId: string;
  /** The database's. */
  readonly schemaVersion: number;
  readonly createdAt: string;
}

export interface BackupTrailer {
  /** Of each table; one without rows has 0. */
  readonly rows: Readonly<Record<string, number>>;
  readonly sha256: string;
}

export type Value = string | number | null;

export interface TableColumns {
  readonly table: TableName;
  readonly columns: readonly string[];
}

export const renderLine = (value: object): string => `${JSON.stringify(value)}\n`;

export function parseHeader(line: string): BackupHeader {
  const value = parseLine(line);
  if (value?.["format"] !== FORMAT) {
    throw new KeywrightError("INPUT_INVALID", "The file is no backup of a Keywright store.", {
      hint: "Name a file that `keywright store backup` has written.",
    });
  }
  if (value["version"] !== FORMAT_VERSION) {
    throw new KeywrightError("INPUT_INVALID", `The backup has the format ${String(value["version"])}.`, {
      hint: "Use the Keywright release that made it, or a newer one.",
    });
  }
  const { storeId, schemaVersion, createdAt } = value;
  if (typeof storeId !== "string" || typeof schemaVersion !== "number" || typeof createdAt !== "string") {
    throw damaged("its header");
  }
  return { format: FORMAT, version: FORMAT_VERSION, storeId, schemaVersion, createdAt };
}

export function parseTrailer(line: string): BackupTrailer {
  const value = parseLine(line);
  const { rows, sha256 } = value ?? {};
  if (typeof rows !== "object" || rows === null || typeof sha256 !== "string") {
    throw damaged("its end: it was cut off");
  }
  return { rows: rows as Record<string, number>, sha256 };
}

export function parseColumns(line: string): TableColumns {
  const { table, columns } = parseLine(line) ?? {};
  const isNamed = typeof table === "string" && isTableName(table);
  const isList = Array.isArray(columns) && columns.every((column) => typeof column === "string");
  if (isNamed && isList) return { table, columns };
  throw damaged("the name or the columns of a table");
}

export function parseRow(line: string, { table, columns }: TableColumns): readonly Value[] {
  const values = parseJson(line);
  if (Array.isArray(values) && values.length === columns.length && values.every(isValue)) return values;
  throw damaged(`a row of the table ${table}`);
}

const isValue = (value: unknown): value is Value =>
  value === null || typeof value === "string" || Number.isSafeInteger(value);

export const damaged = (what: string): KeywrightError =>
  new KeywrightError("INPUT_INVALID", `The backup is damaged in ${what}.`, {
    hint: "Nothing was restored. Use another copy of this backup, or an earlier one.",
  });

function parseLine(line: string): Record<string, unknown> | undefined {
  const value = parseJson(line);
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
