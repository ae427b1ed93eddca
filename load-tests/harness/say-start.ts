/** Tells how long this process has lived, by the clock that started with it, and the memory it holds. */
export function sayStart(): void {
  console.log(JSON.stringify({ ms: performance.now(), rss_mb: process.memoryUsage.rss() / 1024 / 1024 }));
}
