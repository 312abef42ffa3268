import { DELIVERY } from "./delivery.ts";
import { GUARDING } from "./guarding.ts";
import { MINTING } from "./minting.ts";
import type { Mutant } from "./mutant.ts";
import { RECORDING } from "./recording.ts";
import { RECOVERY } from "./recovery.ts";
import { RETIREMENT } from "./retirement.ts";
import { SECRECY } from "./secrecy.ts";

export const MUTANTS: readonly Mutant[] = [
  ...MINTING,
  ...RECOVERY,
  ...DELIVERY,
  ...RETIREMENT,
  ...RECORDING,
  ...GUARDING,
  ...SECRECY,
];
