export interface Repetition {
  /** Begins nothing more, and waits for what is under way. */
  stop(): Promise<void>;
}

/** Runs `work`, which must not throw, with a pause before each time. Keeps no process alive. */
export function repeat(work: () => Promise<void>, pauseMs: number): Repetition {
  let underWay: Promise<void> = Promise.resolve();
  let hasStopped = false;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    timer = setTimeout(() => {
      underWay = work().then(() => (hasStopped ? undefined : wait()));
    }, pauseMs).unref();
  };
  wait();
  return {
    stop: async () => {
      hasStopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}
