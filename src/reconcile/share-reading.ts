/**
 * One reading for many: it begins once everybody who was expected to ask has asked, or has left. Where every question costs
 * a request of a limit, those who work side by side pay for one together.
 */

export interface SharedReading<T> {
  /** Somebody is going to ask, soon and at most once. */
  expect(): Asker<T>;
}

export interface Asker<T> {
  /** A reading that begins after the question. */
  ask(): Promise<T>;
  /** There is no question any more; the others do not wait for it. Does nothing after `ask`. */
  leave(): void;
}

export function shareReading<T>(read: () => Promise<T>): SharedReading<T> {
  let expected = 0;
  let waiting: ((reading: Promise<T>) => void)[] = [];
  const beginWhenAllAreThere = (): void => {
    if (expected > 0 || waiting.length === 0) return;
    const asked = waiting;
    waiting = [];
    const reading = read();
    for (const answer of asked) answer(reading);
  };
  return {
    expect: () => {
      expected += 1;
      let isExpected = true;
      const leave = (): void => {
        if (!isExpected) return;
        isExpected = false;
        expected -= 1;
        beginWhenAllAreThere();
      };
      const ask = (): Promise<T> => {
        const answered = new Promise<T>((answer) => waiting.push(answer));
        leave();
        return answered;
      };
      return { ask, leave };
    },
  };
}
