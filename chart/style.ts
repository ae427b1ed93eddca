/**
 * The picture's styles. It has a background of its own that changes with the reader's colour scheme together with the
 * text, so it is readable on any page. The styles are plain rules without variables, for viewers that do not support
 * variables.
 */

interface Palette {
  readonly card: string;
  readonly ink: string;
  readonly quiet: string;
  readonly grid: string;
  readonly calm: string;
  readonly normal: string;
  readonly turbulent: string;
  readonly unknown: string;
}

const light: Palette = {
  card: "#fbfaf6",
  ink: "#1b2530",
  quiet: "#5d6874",
  grid: "#d9d8d0",
  calm: "#3f8f8b",
  normal: "#e2a93b",
  turbulent: "#c9372c",
  unknown: "#a9aba6",
};

const dark: Palette = {
  card: "#12181f",
  ink: "#e9edf0",
  quiet: "#98a4b0",
  grid: "#2b343e",
  calm: "#4aa8a2",
  normal: "#dfac4a",
  turbulent: "#ec5a4b",
  unknown: "#5b646d",
};

function rules(palette: Palette): string {
  const { card, ink, quiet, grid } = palette;
  const regimes = (["unknown", "calm", "normal", "turbulent"] as const).map(
    (regime) => `.${regime} { fill: ${palette[regime]} }`,
  );
  const lags = (["calm", "normal", "turbulent"] as const).map(
    (regime) => `.lags .${regime} { stroke: ${palette[regime]} }`,
  );
  return `
.card { fill: ${card}; stroke: ${grid} }
text { fill: ${ink} }
.quiet text, text.quiet { fill: ${quiet} }
.grid line { stroke: ${grid} }
.axis line { stroke: ${quiet} }
.price { stroke: ${ink} }
.turns circle { stroke: ${card} }
.leaders line { stroke: ${palette.turbulent} }
.half line { stroke: ${card} }
.lag { stroke: ${quiet} }
${lags.join("\n")}
${regimes.join("\n")}`;
}

export const style = `
text { font-family: "Inter", "Helvetica Neue", "Segoe UI", Arial, sans-serif; font-size: 12px }
.title { font-size: 25px; font-weight: 700; letter-spacing: -0.3px }
.subtitle { font-size: 14.5px }
.small text, text.small { font-size: 11px }
.labels text { font-weight: 600; font-size: 11px }
.bands .unknown { opacity: 0.16 }
.bands .calm { opacity: 0.07 }
.bands .normal { opacity: 0.24 }
.bands .turbulent { opacity: 0.3 }
.price { fill: none; stroke-width: 1.3; stroke-linejoin: round }
.turns circle { stroke-width: 0.9 }
.half line { stroke-width: 0.7; opacity: 0.8; stroke-dasharray: 2 3 }
.likely .unknown { opacity: 0.25 }
.lags line, .lag { stroke-width: 1.6; fill: none }
.leaders line { stroke-width: 0.8; opacity: 0.65 }
${rules(light)}
@media (prefers-color-scheme: dark) {${rules(dark)}
}
`;
