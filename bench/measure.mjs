/** Rounds of a subject and its floor, to rows of figures. */

/**
 * A measure from inside: `{ name, rounds, unit, subject, floor, aims }`, where both give `{ value }` in `unit`; a
 * unit that ends in `/s` is the better the higher. Its aims are `{ of: "value" | "ratio", max | min }`.
 *
 * A measure from outside: `{ name, rounds, subject, floor, prepare?, aims, keys? }`. `subject` and `floor` run one process each and
 * give what `runProcess` gives; `prepare` runs before each subject and is not measured; `keys` turns seconds into keys
 * a second. Each aim is `{ of: "seconds" | "ratio" | "megabytes", max }`; without any, the row is for information.
 */
export async function measure({ name, rounds: _, unit, subject, floor, prepare, aims = [], keys }, rounds) {
  const subjects = [];
  const floors = [];
  // The first run of each fills the caches of the system and counts for nothing.
  const warmUps = rounds > 1 ? 1 : 0;
  for (let round = -warmUps; round < rounds; round += 1) {
    await prepare?.();
    const mine = await subject();
    const other = await floor();
    if (round < 0) continue;
    subjects.push(mine);
    floors.push(other);
  }
  if (unit !== undefined) return [figureRow(name, unit, aims[0], subjects, floors)];
  const asked = aims.length > 0 ? aims : [{ of: keys === undefined ? "seconds" : "rate" }];
  return asked.map((aim) => rowOf(name, aim, subjects, floors, keys));
}

const QUANTITIES = {
  seconds: { unit: "s", of: ({ ms }) => ms / 1_000 },
  ratio: { unit: "s", of: ({ ms }) => ms / 1_000 },
  megabytes: { unit: "MB", of: ({ peakMb }) => peakMb },
  rate: { unit: "keys/s", of: ({ ms }, keys) => keys / (ms / 1_000) },
};

function rowOf(name, { of, max }, subjects, floors, keys) {
  const quantity = QUANTITIES[of];
  const values = subjects.map((each) => quantity.of(each, keys));
  const value = median(values);
  const floor = median(floors.map((each) => quantity.of(each, keys)));
  const ratio = value / floor;
  return {
    name,
    unit: quantity.unit,
    value,
    best: of === "rate" ? Math.max(...values) : Math.min(...values),
    floor,
    ratio,
    rounds: subjects.length,
    ...(subjects[0].cpuMs !== undefined && {
      cpuSeconds: median(subjects.map(({ cpuMs }) => cpuMs)) / 1_000,
    }),
    ...(max !== undefined && { aim: { of, max }, isOk: (of === "ratio" ? ratio : value) <= max }),
  };
}

function figureRow(name, unit, aim, subjects, floors) {
  const values = subjects.map((each) => each.value);
  const value = median(values);
  const floor = median(floors.map((each) => each.value));
  const ratio = value / floor;
  const judged = aim?.of === "ratio" ? ratio : value;
  return {
    name,
    unit,
    value,
    best: unit.endsWith("/s") ? Math.max(...values) : Math.min(...values),
    floor,
    ratio,
    rounds: subjects.length,
    ...(aim && { aim, isOk: judged <= (aim.max ?? Infinity) && judged >= (aim.min ?? 0) }),
  };
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
