/** A value that is there at once when it can be: on the way of every request a promise costs more than the work. */
export type Soon<T> = T | Promise<T>;

/** `work` on the value, at once if it is there. */
export const andThen = <T, R>(value: Soon<T>, work: (value: T) => Soon<R>): Soon<R> =>
  value instanceof Promise ? value.then(work) : work(value);
