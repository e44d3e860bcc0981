/** A place where the page goes first: what waits is done before what follows here. */
export const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
