/** Runs `task` after a first paint, when the page has nothing better to do, but within two seconds of it. */
export function whenIdle(task: () => void): void {
  // A frame is not made while a style sheet is waited for, nor in a tab that nobody sees.
  requestAnimationFrame(() => {
    if (typeof requestIdleCallback === "function") requestIdleCallback(task, { timeout: 2000 });
    else setTimeout(task, 50);
  });
}
