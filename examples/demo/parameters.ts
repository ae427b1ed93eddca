/** The market that the demo observes, and its detector. */

export const streamName = "SPX";

/**
 * The regime detector of the demo: three states instead of two, and otherwise the detector's own defaults, written
 * out so that the picture stays the same when a default changes.
 *
 * With two states, the crash of autumn 2008 cannot be told from the rough year before it: with every window and
 * hysteresis that was tried, the regime was turbulent from 2007 on, save for days or weeks. Three states can tell
 * them apart if the fit includes an earlier crisis. With windows of up to four years the third state describes merely
 * rough days; with ten years or all of the past the change comes on 16 September 2008, the day after Lehman failed.
 * This was chosen on the very market that is shown, so the picture illustrates the detector and does not test it.
 *
 * The hysteresis was chosen elsewhere: the rule of training/hysteresis picks 0.9 for 2 observations on crude oil,
 * with two states and, on all of the past, with three.
 */
export const detector = {
  detector: "gaussian_hmm",
  parameters: {
    n_components: 3,
    warmup: 252, // observations, a year
    refit_every: 63, // observations, a quarter
    window: 10_000, // observations: all there are
    enter_probability: 0.9,
    min_dwell: 2, // observations
  },
} as const;

/**
 * The clients try to connect again within a quarter of a second, because the demo's gateway comes back in a few, and
 * they report an outage in figures instead of on the console.
 */
export const clientOptions = { backoff: { firstMs: 50, mostMs: 250 }, onEvent: () => {} } as const;
