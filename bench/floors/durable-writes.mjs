/** Floor of apply: for each key one durable row in SQLite and one file, fsynced with its directory. */

import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import Database from "libsql";

const [, , directory, count] = process.argv;
mkdirSync(directory, { recursive: true });
const database = new Database(`${directory}/floor.db`);
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
database.exec("CREATE TABLE keys (id TEXT PRIMARY KEY, name TEXT NOT NULL, digest BLOB NOT NULL)");
const insert = database.prepare("INSERT INTO keys VALUES (?, ?, ?)");
for (let index = 0; index < Number(count); index += 1) {
  insert.run([`key_${index}`, `service-${index}`, Buffer.alloc(32, index)]);
  writeDurably(`${directory}/service-${index}`, "x".repeat(60));
}
database.close();
console.log(`${count} written`);

function writeDurably(path, content) {
  const file = openSync(`${path}.tmp`, "wx", 0o600);
  writeSync(file, content);
  fsyncSync(file);
  closeSync(file);
  renameSync(`${path}.tmp`, path);
  const parent = openSync(directory, "r");
  fsyncSync(parent);
  closeSync(parent);
}
