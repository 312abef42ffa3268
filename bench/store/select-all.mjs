/** Floor of a listing: the same rows by the same pages, as JSON and back, in ms: `select-all.mjs <directory>`. */

import Database from "libsql";

const [, , directory] = process.argv;
const database = new Database(`${directory}/store/store.db`);
const select = database.prepare("select * from keys where id > ? order by id limit 1000");
const started = performance.now();
let count = 0;
let after = "";
for (;;) {
  const rows = JSON.parse(JSON.stringify(select.all(after)));
  count += rows.length;
  if (rows.length === 0) break;
  after = rows.at(-1).id;
}
const value = performance.now() - started;
database.close();
console.log(JSON.stringify({ value, count }));
