/**
 * Every strike that a run with so many changing requests and so many writes to its sink can meet. Each operation begins
 * with another kind, so that every n-th of them is a fair choice.
 */

import { REQUEST_FAULTS } from "./fault-proxy.mjs";

const WRITE_FAULTS = ["before", "during", "after"];

export const strikesOf = ({ changes, writes }) => [
  ...numbers(changes).flatMap((at) => turned(REQUEST_FAULTS, at).map((fault) => ({ at, fault }))),
  ...numbers(writes).flatMap((at) => turned(WRITE_FAULTS, at).map((when) => ({ at, when }))),
];

const numbers = (count) => Array.from({ length: count }, (_, index) => index);

const turned = (kinds, by) => kinds.map((_, index) => kinds[(index + by) % kinds.length]);
