/* Squared distances from up to four candidates to all points, none above what a point has already. */
#include "distances.h"
#include "screen.h"

static inline f64 lesser(f64 a, f64 b) { return a < b ? a : b; }

/* Two points of x to four candidates in columns, yt [p,4]: out[t] has both points' distances to candidate t. */
static inline void two_by_four(const f64 *x, const f64 *yt, i32 p, v128_t *out) {
  v128_t a01 = both(0), a23 = a01, b01 = a01, b23 = a01;
  for (i32 j = 0; j < p; j++, yt += 4) {
    const v128_t a = wasm_v128_load64_splat(x + j), b = wasm_v128_load64_splat(x + p + j);
    const v128_t y01 = load(yt), y23 = load(yt + 2);
    a01 = add(a01, mul(sub(a, y01), sub(a, y01)));
    a23 = add(a23, mul(sub(a, y23), sub(a, y23)));
    b01 = add(b01, mul(sub(b, y01), sub(b, y01)));
    b23 = add(b23, mul(sub(b, y23), sub(b, y23)));
  }
  out[0] = wasm_i64x2_shuffle(a01, b01, 0, 2);
  out[1] = wasm_i64x2_shuffle(a01, b01, 1, 3);
  out[2] = wasm_i64x2_shuffle(a23, b23, 0, 2);
  out[3] = wasm_i64x2_shuffle(a23, b23, 1, 3);
}

/*
 * out [m,n] from m <= 4 candidates y [m,p], in columns yt [p,4], to x [n,p], and their sums [m]; closest [n]
 * is the most that a distance may be.
 */
void EXPORT(approach)(const f64 *x, const f64 *y, const f64 *yt, i32 n, i32 m, i32 p, const f64 *closest, f64 *out,
                      f64 *sums) {
  v128_t distances[4], totals[4] = {both(0), both(0), both(0), both(0)};
  i32 i = 0;
  for (; i + 1 < n; i += 2) {
    two_by_four(x + (long)i * p, yt, p, distances);
    const v128_t most = load(closest + i);
    for (i32 t = 0; t < m; t++) {
      const v128_t least = wasm_f64x2_pmin(most, distances[t]);
      store(out + (long)t * n + i, least);
      totals[t] = add(totals[t], least);
    }
  }
  for (i32 t = 0; t < m; t++) {
    sums[t] = sum(totals[t]);
    if (i == n) continue;
    sums[t] += out[(long)t * n + i] = lesser(squared_distance(x + (long)i * p, y + (long)t * p, p), closest[i]);
  }
}

/* Squared distances of four packed points to four packed ones. */
static inline void four_by_four(const f32 *x, const f32 *y, i32 p, v128_t *out) {
  v128_t s0 = wasm_f32x4_splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (i32 j = 0; j < p; j++, x += 4, y += 4) {
    const v128_t xj = wasm_v128_load(x);
    s0 = squared4(s0, xj, y);
    s1 = squared4(s1, xj, y + 1);
    s2 = squared4(s2, xj, y + 2);
    s3 = squared4(s3, xj, y + 3);
  }
  out[0] = s0;
  out[1] = s1;
  out[2] = s2;
  out[3] = s3;
}

/* Four numbers, scaled, as float32. */
static inline v128_t scaled4(const f64 *at, f64 scale) {
  return wasm_i32x4_shuffle(scaled2(load(at), scale), scaled2(load(at + 2), scale), 0, 1, 4, 5);
}

/*
 * A bit for each pair of candidate t and one of four points, bit 4t + point, that may be nearer to each other than the
 * point is to its nearest seed. By the triangle inequality it is not where the candidate is twice as far from that
 * seed. nearest: the seed of each point; quarters [seeds,4]: a quarter of the squared distances from seeds to candidates.
 */
static inline i32 open_pairs(const f64 *closest, const i32 *nearest, const f64 *quarters, i32 m) {
  i32 open = 0;
  for (i32 lane = 0; lane < 4; lane++)
    for (i32 t = 0; t < m; t++) open |= (quarters[nearest[lane] * 4 + t] < closest[lane]) << (4 * t + lane);
  return open;
}

/*
 * The same for points of many dimensions: most points are surely further, which the seeds tell, or the
 * packed xf [ceil(n/4),p,4], norms and yf [p,4]. scale: the packed numbers' to the others'. nearest is null, or as
 * above. A group of four points costs as much as a dozen pairs in float64.
 */
void EXPORT(approach_screened)(const f64 *x, const f64 *y, const f32 *xf, const f32 *norms, const f32 *yf, i32 n,
                               i32 m, i32 p, f64 scale, const f64 *closest, const i32 *nearest, const f64 *quarters,
                               f64 *out, f64 *sums) {
  v128_t distances[4], totals[4] = {both(0), both(0), both(0), both(0)};
  i32 i = 0;
  for (; i + 3 < n; i += 4) {
    const i32 pairs = nearest ? open_pairs(closest + i, nearest + i, quarters, m) : (1 << (4 * m)) - 1;
    const i32 few = __builtin_popcount(pairs) <= 12;
    if (!few) four_by_four(xf + (long)i * p, yf, p, distances);
    const v128_t bound = scaled4(closest + i, scale * scale), lengths = wasm_v128_load(norms + i);
    const v128_t low = load(closest + i), high = load(closest + i + 2);
    for (i32 t = 0; t < m; t++) {
      f64 *to = out + (long)t * n + i;
      store(to, low);
      store(to + 2, high);
      /* One bit a point to be measured: a branch for each point would be mistaken too often. */
      i32 open = (pairs >> (4 * t)) & 15;
      if (!few) open &= 15 ^ surely_less(bound, distances[t], lengths, p);
      for (; open != 0; open &= open - 1) {
        const i32 lane = __builtin_ctz(open);
        const f64 distance = squared_distance(x + (long)(i + lane) * p, y + (long)t * p, p);
        to[lane] = lesser(distance, to[lane]);
      }
      totals[t] = add(totals[t], add(load(to), load(to + 2)));
    }
  }
  for (i32 t = 0; t < m; t++) {
    sums[t] = sum(totals[t]);
    for (i32 last = i; last < n; last++) {
      const f64 distance = squared_distance(x + (long)last * p, y + (long)t * p, p);
      sums[t] += out[(long)t * n + last] = lesser(distance, closest[last]);
    }
  }
}
