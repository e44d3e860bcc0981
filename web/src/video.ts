const MARKS = [10, 25, 50, 75, 100];

/**
 * YouTube players that speak to the page (`enablejsapi=1`), the only videos that GA4 counts. gtag has opened the
 * conversation where it counts them; this only listens.
 */
export function video(event: (name: string) => void, on: (type: string, listener: (event: any) => void) => void): void {
  const players = new Map<unknown, { length: number; past: number }>();
  on("message", ({ origin, source, data }) => {
    if (!/^https:\/\/www\.youtube(-nocookie)?\.com$/.test(origin)) return;
    const { event: kind, info } = JSON.parse(data);
    const player = players.get(source) ?? { length: NaN, past: 0 };
    players.set(source, player);
    const state = kind === "onStateChange" ? info : info?.playerState;
    player.length = info?.duration || player.length;
    if (state === 1 && !player.past) {
      player.past = 1;
      event("video_start");
    }
    const percent = state === 0 ? 100 : Math.min((info?.currentTime / player.length) * 100, 99);
    while (player.past && percent >= MARKS[player.past - 1]!) event(player.past++ < MARKS.length ? "video_progress" : "video_complete");
  });
}
