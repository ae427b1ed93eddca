/** What the demo watches, and with what. */

export const streamName = "SPX";

/**
 * The regime detector of the demo: three states instead of two, and for the rest the detector's own
 * defaults, written out so that the picture stays the same when a default moves.
 *
 * Two states cannot tell the crash of autumn 2008 from the rough year before it: with every window and
 * hysteresis tried they were turbulent from 2007 on, save for days or weeks. Three can, if the fit
 * remembers a crisis: with windows of up to four years the third state is spent on what is merely rough,
 * with ten years or all of the past the turn comes on 16 September 2008, the day after Lehman failed.
 * That was looked at on this very market, so take it as a picture, not as a test.
 *
 * The hysteresis was not chosen here: 0.9 for 2 observations is what the rule of
 * training/hysteresis picks on crude oil, with two states and, on all of the past, with three.
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
