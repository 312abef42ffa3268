/** Floor of a create: one committed row, each durable, rows/s: `insert-durably.mjs <directory>`. */

import { mkdirSync, rmSync } from "node:fs";
import Database from "libsql";

const [, , directory] = process.argv;
const COUNT = 2_000;

mkdirSync(directory, { recursive: true });
const database = new Database(`${directory}/floor.db`);
for (const pragma of ["journal_mode = wal", "synchronous = full"]) database.prepare(`pragma ${pragma}`).all();
database.exec("create table keys (id text primary key, name text not null, digest text not null)");
const insert = database.prepare("insert into keys values (?, ?, ?)");
const started = performance.now();
for (let index = 0; index < COUNT; index += 1) insert.run(`key_${index}`, `service-${index}`, "0".repeat(64));
const value = COUNT / ((performance.now() - started) / 1_000);
database.close();
rmSync(directory, { recursive: true, force: true });
console.log(JSON.stringify({ value }));
