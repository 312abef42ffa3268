/** Reads a saved plan. */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { KeywrightError } from "../core/error.ts";
import type { Plan } from "../core/plan.ts";
import { validatorOf } from "../schema.ts";

/** Throws PLAN_INVALID with what to do. */
export async function readPlan(cwd: string, file: string): Promise<Plan> {
  const text = await readFile(resolve(cwd, file), "utf8").catch((error: unknown) => {
    throw invalid(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  });
  const plan = parse(file, text);
  const validate = validatorOf("Plan");
  if (validate(plan)) return plan as Plan;
  const fault = validate.errors?.[0];
  throw invalid(`${file} is no plan of this version: ${fault?.instancePath || "/"} ${fault?.message ?? ""}`);
}

function parse(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(`${file} is not JSON`);
  }
}

const invalid = (message: string): KeywrightError =>
  new KeywrightError("PLAN_INVALID", message, { hint: "make a plan with `keywright plan --out plan.json`" });
