/** What the figures were measured on: nothing of them is worth anything without it. */

import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem, type } from "node:os";

export function machine() {
  const [{ model }] = cpus();
  const git = execFileSync("git", ["--version"], { encoding: "utf8" }).trim().replace("git version ", "");
  const facts = {
    date: new Date().toISOString(),
    cpu: `${cpus().length} × ${model.trim()}`,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()}`,
    node: process.version,
    git,
    /** Of the minute before: above the number of cores, times are those of a crowded machine. */
    load: Number(loadavg()[0].toFixed(2)),
  };
  const { date, cpu, memoryGb, system, node, load } = facts;
  const text = `${date.slice(0, 10)}, ${cpu}, ${memoryGb} GB, ${system}, Node ${node}, git ${git}, load ${load} at the start`;
  return { ...facts, text };
}
