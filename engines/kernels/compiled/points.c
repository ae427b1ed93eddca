/* Points in memory: centred, packed for float32, and their distances to single points. */
#include "distances.h"
#include "screen.h"

/* Takes base and then rest [p] off each row of x [n,p], in place; answers the largest magnitude. */
f64 EXPORT(centre_points)(f64 *x, i32 n, i32 p, const f64 *base, const f64 *rest) {
  v128_t most = both(0);
  f64 last = 0;
  for (i32 i = 0; i < n; i++) {
    f64 *row = x + (long)i * p;
    i32 j = 0;
    for (; j + 1 < p; j += 2) {
      const v128_t value = sub(sub(load(row + j), load(base + j)), load(rest + j));
      store(row + j, value);
      most = wasm_f64x2_pmax(most, wasm_f64x2_abs(value));
    }
    if (j == p) continue;
    row[j] = row[j] - base[j] - rest[j];
    if (__builtin_fabs(row[j]) > last) last = __builtin_fabs(row[j]);
  }
  const f64 a = wasm_f64x2_extract_lane(most, 0), b = wasm_f64x2_extract_lane(most, 1);
  if (a > last) last = a;
  return b > last ? b : last;
}

/* Four rows of x as one block [p,4] of float32, and the sums of their squares. */
static void pack_four(const f64 *x, i32 p, f64 scale, f32 *block, f64 *squares) {
  const f64 *x0 = x, *x1 = x + p, *x2 = x1 + p, *x3 = x2 + p;
  v128_t s0 = both(0), s1 = s0, s2 = s0, s3 = s0;
  i32 j = 0;
  for (; j + 1 < p; j += 2) {
    const v128_t a = load(x0 + j), b = load(x1 + j), c = load(x2 + j), d = load(x3 + j);
    s0 = add(s0, mul(a, a));
    s1 = add(s1, mul(b, b));
    s2 = add(s2, mul(c, c));
    s3 = add(s3, mul(d, d));
    const v128_t ab = wasm_i32x4_shuffle(scaled2(a, scale), scaled2(b, scale), 0, 4, 1, 5);
    const v128_t cd = wasm_i32x4_shuffle(scaled2(c, scale), scaled2(d, scale), 0, 4, 1, 5);
    wasm_v128_store(block + j * 4, wasm_i64x2_shuffle(ab, cd, 0, 2));
    wasm_v128_store(block + j * 4 + 4, wasm_i64x2_shuffle(ab, cd, 1, 3));
  }
  squares[0] = sum(s0);
  squares[1] = sum(s1);
  squares[2] = sum(s2);
  squares[3] = sum(s3);
  if (j == p) return;
  for (i32 r = 0; r < 4; r++) {
    const f64 value = x[(long)r * p + j];
    squares[r] += value * value;
    block[j * 4 + r] = (f32)(value * scale);
  }
}

/* The same for the last rows, fewer than four. */
static void pack_rest(const f64 *x, i32 rows, i32 p, f64 scale, f32 *block, f64 *squares) {
  for (i32 r = 0; r < rows; r++) {
    squares[r] = 0;
    for (i32 j = 0; j < p; j++) {
      const f64 value = x[(long)r * p + j];
      squares[r] += value * value;
      block[j * 4 + r] = (f32)(value * scale);
    }
  }
}

/*
 * Blocks of four points, a dimension a vector, times `scale`: xf [ceil(n/4),p,4]. norms [n]: their lengths.
 * Answers the sum of all squared numbers, not scaled.
 */
f64 EXPORT(pack_points)(const f64 *x, i32 n, i32 p, f64 scale, f32 *xf, f32 *norms) {
  f64 all = 0, squares[4];
  for (i32 i = 0; i < n; i += 4) {
    const i32 rows = n - i < 4 ? n - i : 4;
    if (rows == 4) pack_four(x + (long)i * p, p, scale, xf + (long)i * p, squares);
    else pack_rest(x + (long)i * p, rows, p, scale, xf + (long)i * p, squares);
    for (i32 r = 0; r < rows; r++) {
      norms[i + r] = (f32)(__builtin_sqrt(squares[r]) * scale);
      all += squares[r];
    }
  }
  return all;
}

/* out [m,n]: squared distances from y's m rows to x [n,p], and their sums [m]. */
void EXPORT(squared_distances)(const f64 *x, const f64 *y, i32 n, i32 m, i32 p, f64 *out, f64 *sums) {
  for (i32 t = 0; t < m; t++) sums[t] = 0;
  for (i32 i = 0; i < n; i++)
    for (i32 t = 0; t < m; t++) {
      const f64 distance = squared_distance(x + (long)i * p, y + (long)t * p, p);
      out[(long)t * n + i] = distance;
      sums[t] += distance;
    }
}

/* out [n]: the squared distance of each point to its centre. */
void EXPORT(own_distances)(const f64 *x, const f64 *centres, const i32 *labels, i32 n, i32 p, f64 *out) {
  for (i32 i = 0; i < n; i++) out[i] = squared_distance(x + (long)i * p, centres + (long)labels[i] * p, p);
}
