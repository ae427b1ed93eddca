/*
 * The secular equation; test/support/plain-secular.ts is the same in TypeScript, to test it. With `squared` the poles are the squares of d, whose
 * differences are (d_j - d_i)(d_j + d_i): taken so, singular values keep the digits that squares would lose.
 */
#include "simd.h"

typedef struct {
  f64 value, slope;
} Terms;

/* The sums of w / (delta - offset) and of w / (delta - offset)^2 over the poles from..to-1. */
static Terms terms(const f64 *delta, const f64 *weights, i32 from, i32 to, f64 offset) {
  v128_t value = both(0), slope = both(0);
  i32 j = from;
  for (; j + 1 < to; j += 2) {
    const v128_t inverse = wasm_f64x2_div(both(1), sub(load(delta + j), both(offset)));
    const v128_t term = mul(load(weights + j), inverse);
    value = add(value, term);
    slope = add(slope, mul(term, inverse));
  }
  Terms out = {sum(value), sum(slope)};
  if (j < to) {
    const f64 inverse = 1 / (delta[j] - offset), term = weights[j] * inverse;
    out.value += term;
    out.slope += term * inverse;
  }
  return out;
}

static inline f64 gap_between(const f64 *d, i32 j, i32 i, i32 squared) {
  return squared ? (d[j] - d[i]) * (d[j] + d[i]) : d[j] - d[i];
}

static i32 secular_root(const f64 *d, const f64 *weights, f64 *delta, f64 reach, i32 squared, i32 i, i32 k,
                        f64 *root) {
  const i32 last = i == k - 1;
  const f64 gap = last ? reach : gap_between(d, i + 1, i, squared);
  i32 origin = i;
  if (!last) {
    for (i32 j = 0; j < k; j++) delta[j] = gap_between(d, j, i, squared);
    if (1 + terms(delta, weights, 0, k, gap / 2).value < 0) origin = i + 1;
  }
  *root = reach;
  if (k == 1) return origin;
  for (i32 j = 0; j < k; j++) delta[j] = gap_between(d, j, origin, squared);
  f64 low = origin == i ? 0 : -gap / 2, high = origin == i ? (last ? gap : gap / 2) : 0;
  f64 offset = last ? gap / 2 : origin == i ? gap / 4 : -gap / 4;
  const i32 split = last ? k - 2 : i, near = split, far = split + 1;
  for (i32 step = 0; step < 200; step++) {
    const Terms left = terms(delta, weights, 0, split + 1, offset);
    const Terms right = terms(delta, weights, split + 1, k, offset);
    const f64 value = 1 + left.value + right.value;
    const f64 size = 1 + 8 * (__builtin_fabs(left.value) + __builtin_fabs(right.value));
    if (__builtin_fabs(value) <= 2.220446049250313e-16 * size) break;
    if (value < 0) low = offset;
    else high = offset;
    const f64 n1 = delta[near] - offset, f1 = delta[far] - offset;
    f64 c = value - n1 * left.slope - f1 * right.slope;
    if (last) c = __builtin_fabs(c);
    const f64 a = (n1 + f1) * value - n1 * f1 * (left.slope + right.slope), b = n1 * f1 * value;
    const f64 radical = __builtin_sqrt(__builtin_fabs(a * a - 4 * b * c));
    f64 next = offset;
    if (last) next += a >= 0 ? (a + radical) / (2 * c) : 2 * b / (a - radical);
    else next += a <= 0 ? (a - radical) / (2 * c) : 2 * b / (a + radical);
    if (!(next > low && next < high)) next = (low + high) / 2;
    if (next == offset || next == low || next == high) break;
    offset = next;
  }
  *root = offset;
  return origin;
}

/*
 * Of D + rho z z' for ascending d, the eigenvalues [from, to) of values [k]: of squares their roots. Row i of
 * apart [k,k] takes d_j - lambda_i. work: 2 k.
 */
void EXPORT(secular_roots)(const f64 *d, const f64 *z, f64 rho, i32 squared, i32 k, i32 from, i32 to, f64 *values,
                           f64 *apart, f64 *work) {
  f64 *weights = work, *delta = work + k;
  f64 reach = 0;
  for (i32 j = 0; j < k; j++) reach += weights[j] = rho * z[j] * z[j];
  for (i32 i = from; i < to; i++) {
    f64 offset, *row = apart + (long)i * k;
    const i32 origin = secular_root(d, weights, delta, reach, squared, i, k, &offset);
    const f64 base = d[origin];
    values[i] = base + (squared ? offset / (base + __builtin_sqrt(base * base + offset)) : offset);
    for (i32 j = 0; j < k; j++) row[j] = gap_between(d, j, origin, squared) - offset;
  }
}

/*
 * Loewner's formula, the rows [from, to) of apart: nearby [k] becomes the squares of the z that has exactly these
 * roots, up to a common factor.
 */
void EXPORT(secular_weights)(const f64 *d, i32 squared, i32 k, i32 from, i32 to, const f64 *apart, f64 *nearby) {
  if (from == 0)
    for (i32 j = 0; j < k; j++) nearby[j] = -apart[(long)j * k + j];
  for (i32 i = from; i < to; i++) { /* at j = i the factor is 1 */
    const f64 *row = apart + (long)i * k;
    const f64 own = nearby[i];
    const v128_t di = both(d[i]);
    i32 j = 0;
    for (; j + 1 < k; j += 2) {
      const v128_t dj = load(d + j);
      const v128_t gap = squared ? mul(sub(dj, di), add(dj, di)) : sub(dj, di);
      store(nearby + j, wasm_f64x2_div(mul(load(nearby + j), load(row + j)), gap));
    }
    if (j < k) nearby[j] = nearby[j] * row[j] / gap_between(d, j, i, squared);
    nearby[i] = own;
  }
}

/* The unit vectors of the roots [from, to), a row each of out, in the coordinates of D. */
void EXPORT(secular_vectors)(const f64 *z, i32 k, i32 from, i32 to, const f64 *apart, const f64 *nearby, f64 *out) {
  for (i32 i = from; i < to; i++, out += k) {
    const f64 *row = apart + (long)i * k;
    f64 squares = 0;
    for (i32 j = 0; j < k; j++) {
      const f64 size = __builtin_sqrt(__builtin_fabs(nearby[j])) / row[j];
      out[j] = z[j] < 0 ? -size : size;
      squares += out[j] * out[j];
    }
    const f64 scale = 1 / __builtin_sqrt(squares);
    for (i32 j = 0; j < k; j++) out[j] *= scale;
  }
}
