import type { Position } from "../core/issue.ts";
import { printable } from "./printable.ts";

/** `keys/scanner.yaml:3`: as editors and terminals open it. */
export const renderPlace = ({ file, line }: Position): string => `${printable(file)}:${line}`;
