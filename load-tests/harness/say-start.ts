/** Prints how long this process has run, by the clock that started with it, and how much memory it uses. */
export function sayStart(): void {
  console.log(JSON.stringify({ ms: performance.now(), rss_mb: process.memoryUsage.rss() / 1024 / 1024 }));
}
