/* Lloyd's assignment: all distances in float32, and in float64 where those could mistake. */
#include "distances.h"
#include "screen.h"

/* The least and second least squared distance so far of four points, and whose the least is. */
typedef struct {
  v128_t least, second, label;
} Nearest4;

static inline void consider(Nearest4 *best, v128_t distance, i32 centre) {
  const v128_t nearer = wasm_f32x4_lt(distance, best->least);
  best->second = wasm_f32x4_pmin(best->second, wasm_v128_bitselect(best->least, distance, nearer));
  best->least = wasm_f32x4_pmin(best->least, distance);
  best->label = wasm_v128_bitselect(wasm_i32x4_splat(centre), best->label, nearer);
}

/* cf [kq/4,p,4]: four centres at a time, kq a multiple of 4. */
static Nearest4 nearest_of_four(const f32 *x, const f32 *cf, i32 kq, i32 p) {
  const v128_t far = wasm_f32x4_splat(__builtin_inff());
  Nearest4 best = {far, far, wasm_i32x4_splat(0)};
  i32 c = 0;
  for (; c + 7 < kq; c += 8) {
    const f32 *low = cf + (long)c * p, *high = low + (long)4 * p;
    v128_t s0 = wasm_f32x4_splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    for (i32 j = 0; j < p; j++, low += 4, high += 4) {
      const v128_t xj = wasm_v128_load(x + j * 4);
      s0 = squared4(s0, xj, low);
      s1 = squared4(s1, xj, low + 1);
      s2 = squared4(s2, xj, low + 2);
      s3 = squared4(s3, xj, low + 3);
      s4 = squared4(s4, xj, high);
      s5 = squared4(s5, xj, high + 1);
      s6 = squared4(s6, xj, high + 2);
      s7 = squared4(s7, xj, high + 3);
    }
    consider(&best, s0, c);
    consider(&best, s1, c + 1);
    consider(&best, s2, c + 2);
    consider(&best, s3, c + 3);
    consider(&best, s4, c + 4);
    consider(&best, s5, c + 5);
    consider(&best, s6, c + 6);
    consider(&best, s7, c + 7);
  }
  for (; c < kq; c += 4) {
    const f32 *low = cf + (long)c * p;
    v128_t s0 = wasm_f32x4_splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (i32 j = 0; j < p; j++, low += 4) {
      const v128_t xj = wasm_v128_load(x + j * 4);
      s0 = squared4(s0, xj, low);
      s1 = squared4(s1, xj, low + 1);
      s2 = squared4(s2, xj, low + 2);
      s3 = squared4(s3, xj, low + 3);
    }
    consider(&best, s0, c);
    consider(&best, s1, c + 1);
    consider(&best, s2, c + 2);
    consider(&best, s3, c + 3);
  }
  return best;
}

/*
 * Squared distances of one point to kp centres, which stand in columns: ct [p,kp], kp a multiple of 4. From
 * differences: exact where |x|^2 - 2xc + |c|^2 would cancel.
 */
static void row_distances(const f64 *x, const f64 *ct, i32 p, i32 kp, f64 *out) {
  i32 c = 0;
  for (; c + 7 < kp; c += 8) {
    v128_t s0 = both(0), s1 = both(0), s2 = both(0), s3 = both(0);
    const f64 *at = ct + c;
    for (i32 j = 0; j < p; j++, at += kp) {
      const v128_t xj = wasm_v128_load64_splat(x + j);
      const v128_t d0 = sub(xj, load(at)), d1 = sub(xj, load(at + 2));
      const v128_t d2 = sub(xj, load(at + 4)), d3 = sub(xj, load(at + 6));
      s0 = add(s0, mul(d0, d0));
      s1 = add(s1, mul(d1, d1));
      s2 = add(s2, mul(d2, d2));
      s3 = add(s3, mul(d3, d3));
    }
    store(out + c, s0);
    store(out + c + 2, s1);
    store(out + c + 4, s2);
    store(out + c + 6, s3);
  }
  for (; c < kp; c += 4) {
    v128_t s0 = both(0), s1 = both(0);
    const f64 *at = ct + c;
    for (i32 j = 0; j < p; j++, at += kp) {
      const v128_t xj = wasm_v128_load64_splat(x + j);
      const v128_t d0 = sub(xj, load(at)), d1 = sub(xj, load(at + 2));
      s0 = add(s0, mul(d0, d0));
      s1 = add(s1, mul(d1, d1));
    }
    store(out + c, s0);
    store(out + c + 2, s1);
  }
}

static i32 nearest_exactly(const f64 *x, const f64 *ct, i32 k, i32 kp, i32 p, f64 *row) {
  row_distances(x, ct, p, kp, row);
  i32 nearest = 0;
  for (i32 c = 1; c < k; c++)
    if (row[c] < row[nearest]) nearest = c;
  return nearest;
}

static void move_point(const f64 *x, i32 p, f64 *sums, i32 *counts, i32 from, i32 to) {
  f64 *into = sums + (long)to * p;
  counts[to]++;
  for (i32 j = 0; j < p; j++) into[j] += x[j];
  if (from < 0) return;
  f64 *out = sums + (long)from * p;
  counts[from]--;
  for (i32 j = 0; j < p; j++) out[j] -= x[j];
}

/* Whether a point is nearer to its likely centre than half of that centre's way to any other: so to no other. */
static inline i32 stays(const f64 *x, const f64 *centres, i32 likely, const f64 *gaps, i32 p) {
  return likely >= 0 && squared_distance(x, centres + (long)likely * p, p) < gaps[likely];
}

/* The same of up to four points, whose likely centre is the one they have, or else the one in `likely`. */
static i32 all_stay(const f64 *x, const f64 *centres, const i32 *labels, const i32 *likely, const f64 *gaps, i32 rows,
                    i32 p) {
  for (i32 r = 0; r < rows; r++)
    if (!stays(x + (long)r * p, centres, labels[r] < 0 ? likely[r] : labels[r], gaps, p)) return 0;
  return 1;
}

/* Groups of four that are asked whether they stay before the share of those that do counts. */
#define TRIED 64

/*
 * Each point's nearest centre as float64 tells it, the lowest one on a tie, and with it the sums [k,p] and
 * counts [k]. x [n,p], ct [p,kp] the centres as columns; xf, norms and cf the same packed and scaled. labels
 * has room for a multiple of four; -1: a new point. centres [k,p]; likely: the centre of each new point that is
 * probably nearest, or -1; gaps [k], or null: a quarter of each centre's squared distance to its nearest one. Answers
 * how many labels changed.
 */
i32 EXPORT(assign)(const f64 *x, const f64 *ct, const f32 *xf, const f32 *norms, const f32 *cf, i32 n, i32 k,
                   i32 kp, i32 p, i32 *labels, f64 *sums, i32 *counts, f64 *row, const f64 *centres,
                   const i32 *likely, const f64 *gaps) {
  i32 changed = 0, asked = 0, stayed = 0;
  for (i32 i = 0; i < n; i += 4) {
    /* A question costs as much as one centre of the k: it is not asked where few points stay. */
    if (gaps && (asked < TRIED || stayed * 4 > asked)) {
      const i32 rows = n - i < 4 ? n - i : 4;
      asked++;
      if (all_stay(x + (long)i * p, centres, labels + i, likely + i, gaps, rows, p)) {
        stayed++;
        for (i32 r = 0; r < rows; r++) {
          if (labels[i + r] >= 0) continue;
          changed++;
          labels[i + r] = likely[i + r];
          move_point(x + (long)(i + r) * p, p, sums, counts, -1, likely[i + r]);
        }
        continue;
      }
    }
    const Nearest4 best = nearest_of_four(xf + (long)i * p, cf, kp, p);
    const i32 sure = surely_less(best.least, best.second, wasm_v128_load(norms + i), p);
    const v128_t before = wasm_v128_load(labels + i);
    const i32 same = wasm_i32x4_bitmask(wasm_i32x4_eq(before, best.label));
    if ((same & sure) == 15) continue;
    i32 found[4];
    wasm_v128_store(found, best.label);
    for (i32 lane = 0; lane < 4 && i + lane < n; lane++) {
      if (same & sure & (1 << lane)) continue;
      const f64 *at = x + (long)(i + lane) * p;
      const i32 label = labels[i + lane];
      const i32 nearest = sure & (1 << lane) ? found[lane] : nearest_exactly(at, ct, k, kp, p, row);
      if (nearest == label) continue;
      changed++;
      labels[i + lane] = nearest;
      move_point(at, p, sums, counts, label, nearest);
    }
  }
  return changed;
}
