/*
 * The loops that no graph of matrix products expresses, for WebAssembly's 128-bit SIMD: two float64 at a
 * time. Row-major throughout. Sizes and pointers only; whoever calls has placed the arrays in memory.
 * Built by build.sh into loops.wasm.ts, which is committed: nobody needs a compiler to run Headgate.
 */
#include <wasm_simd128.h>

typedef double f64;
typedef int i32;
#define EXPORT(name) __attribute__((export_name(#name))) name

static inline v128_t load(const f64 *at) { return wasm_v128_load(at); }
static inline void store(f64 *at, v128_t value) { wasm_v128_store(at, value); }
static inline v128_t both(f64 value) { return wasm_f64x2_splat(value); }
static inline v128_t add(v128_t a, v128_t b) { return wasm_f64x2_add(a, b); }
static inline v128_t sub(v128_t a, v128_t b) { return wasm_f64x2_sub(a, b); }
static inline v128_t mul(v128_t a, v128_t b) { return wasm_f64x2_mul(a, b); }
static inline f64 sum(v128_t a) { return wasm_f64x2_extract_lane(a, 0) + wasm_f64x2_extract_lane(a, 1); }

/* ---- Householder's reduction to a tridiagonal matrix: the same as numerics/tridiagonal.ts ---- */

/* Row j of the leading block takes the last reflector's update: a_jk -= v_j w_k + w_j v_k for k <= j. */
static void update_row(f64 *a, const f64 *v, const f64 *w, i32 j) {
  const f64 vj = v[j], wj = w[j];
  i32 k = 0;
  for (; k + 1 <= j; k += 2)
    store(a + k, sub(load(a + k), add(mul(both(vj), load(w + k)), mul(both(wj), load(v + k)))));
  for (; k <= j; k++) a[k] -= vj * w[k] + wj * v[k];
}

/*
 * One pass over the rows before i: each takes the last reflector's update (v, w) and at once its part in
 * the product A x with the next one. Two passes would read the matrix from beyond the cache twice.
 */
static void update_and_multiply(f64 *a, const f64 *v, const f64 *w, const f64 *x, f64 *product, i32 i, i32 n) {
  for (i32 k = 0; k < i; k++) product[k] = 0;
  i32 j = 0;
  for (; j + 1 < i; j += 2) {
    f64 *a0 = a + (long)j * n, *a1 = a0 + n;
    const v128_t v0 = both(v[j]), v1 = both(v[j + 1]), w0 = both(w[j]), w1 = both(w[j + 1]);
    const v128_t x0 = both(x[j]), x1 = both(x[j + 1]);
    v128_t s0 = both(0), s1 = both(0);
    for (i32 k = 0; k < j; k += 2) {
      const v128_t vk = load(v + k), wk = load(w + k), xk = load(x + k);
      const v128_t b0 = sub(load(a0 + k), add(mul(v0, wk), mul(w0, vk)));
      const v128_t b1 = sub(load(a1 + k), add(mul(v1, wk), mul(w1, vk)));
      store(a0 + k, b0);
      store(a1 + k, b1);
      s0 = add(s0, mul(b0, xk));
      s1 = add(s1, mul(b1, xk));
      store(product + k, add(load(product + k), add(mul(b0, x0), mul(b1, x1))));
    }
    a0[j] -= 2 * v[j] * w[j];
    a1[j] -= v[j + 1] * w[j] + w[j + 1] * v[j];
    a1[j + 1] -= 2 * v[j + 1] * w[j + 1];
    product[j] = sum(s0) + a0[j] * x[j] + a1[j] * x[j + 1];
    product[j + 1] = sum(s1) + a1[j] * x[j] + a1[j + 1] * x[j + 1];
  }
  if (j < i) {
    f64 *row = a + (long)j * n;
    update_row(row, v, w, j);
    f64 total = 0;
    for (i32 k = 0; k < j; k++) {
      total += row[k] * x[k];
      product[k] += row[k] * x[j];
    }
    product[j] = total + row[j] * x[j];
  }
}

/* Squares below this have lost digits to underflow; against elements of size 1 they are nothing. */
static const f64 negligible_squares = 1e-280;

/*
 * T = Q'AQ from the lower triangle of a [n,n], last row first; row i keeps, before its diagonal, the vector
 * of the reflector I - beta v v' that cleared it. work: 3 n.
 */
void EXPORT(tridiagonalise)(f64 *a, i32 n, f64 *diagonal, f64 *off, f64 *betas, f64 *work) {
  f64 *zeros = work, *w = work + n, *product = work + 2 * n;
  for (i32 k = 0; k < n; k++) zeros[k] = w[k] = 0;
  const f64 *v = zeros;
  off[0] = betas[0] = 0;
  for (i32 i = n - 1; i >= 0; i--) {
    f64 *x = a + (long)i * n;
    update_row(x, v, w, i);
    diagonal[i] = x[i];
    if (i == 0) break;
    const f64 pivot = x[i - 1];
    f64 rest = 0;
    for (i32 k = 0; k < i - 1; k++) rest += x[k] * x[k];
    betas[i] = 0;
    if (rest < negligible_squares) {
      off[i] = pivot;
      for (i32 j = 0; j < i; j++) update_row(a + (long)j * n, v, w, j);
      for (i32 k = 0; k < n; k++) w[k] = 0;
      v = zeros;
      continue;
    }
    const f64 norm = __builtin_sqrt(pivot * pivot + rest);
    const f64 image = pivot > 0 ? -norm : norm;
    const f64 head = pivot - image, beta = -head / image;
    for (i32 k = 0; k < i - 1; k++) x[k] /= head;
    x[i - 1] = 1;
    off[i] = image;
    betas[i] = beta;
    update_and_multiply(a, v, w, x, product, i, n);
    f64 inner = 0;
    for (i32 k = 0; k < i; k++) inner += product[k] * x[k];
    const f64 half = beta * beta * inner / 2;
    for (i32 k = 0; k < i; k++) product[k] = beta * product[k] - half * x[k];
    f64 *swap = w;
    w = product;
    product = swap;
    v = x;
  }
}

/* ---- Cholesky ---- */

static f64 dot(const f64 *a, const f64 *b, i32 n) {
  v128_t s = both(0);
  i32 k = 0;
  for (; k + 1 < n; k += 2) s = add(s, mul(load(a + k), load(b + k)));
  return sum(s) + (k < n ? a[k] * b[k] : 0);
}

/* The lower factor in place of the lower triangle of a [n,n]; answers 0 when it is not positive definite. */
i32 EXPORT(cholesky)(f64 *a, i32 n) {
  for (i32 j = 0; j < n; j++) {
    f64 *lj = a + (long)j * n;
    const f64 pivot = lj[j] - dot(lj, lj, j);
    if (!(pivot > 0)) return 0;
    lj[j] = __builtin_sqrt(pivot);
    const f64 scale = 1 / lj[j];
    i32 i = j + 1;
    for (; i + 3 < n; i += 4) {
      f64 *r0 = a + (long)i * n, *r1 = r0 + n, *r2 = r1 + n, *r3 = r2 + n;
      v128_t s0 = both(0), s1 = both(0), s2 = both(0), s3 = both(0);
      i32 k = 0;
      for (; k + 1 < j; k += 2) {
        const v128_t l = load(lj + k);
        s0 = add(s0, mul(load(r0 + k), l));
        s1 = add(s1, mul(load(r1 + k), l));
        s2 = add(s2, mul(load(r2 + k), l));
        s3 = add(s3, mul(load(r3 + k), l));
      }
      f64 t0 = sum(s0), t1 = sum(s1), t2 = sum(s2), t3 = sum(s3);
      if (k < j) t0 += r0[k] * lj[k], t1 += r1[k] * lj[k], t2 += r2[k] * lj[k], t3 += r3[k] * lj[k];
      r0[j] = (r0[j] - t0) * scale;
      r1[j] = (r1[j] - t1) * scale;
      r2[j] = (r2[j] - t2) * scale;
      r3[j] = (r3[j] - t3) * scale;
    }
    for (; i < n; i++) {
      f64 *r = a + (long)i * n;
      r[j] = (r[j] - dot(r, lj, j)) * scale;
    }
  }
  return 1;
}

/* out [n,n], which must be zero: the inverse of the lower triangle of l [n,n]. */
void EXPORT(invert_lower)(const f64 *l, f64 *out, i32 n) {
  for (i32 i = 0; i < n; i++) {
    const f64 *li = l + (long)i * n;
    f64 *row = out + (long)i * n;
    i32 k = 0;
    for (; k + 3 < i; k += 4) {
      const f64 *r0 = out + (long)k * n, *r1 = r0 + n, *r2 = r1 + n, *r3 = r2 + n;
      const v128_t f0 = both(li[k]), f1 = both(li[k + 1]), f2 = both(li[k + 2]), f3 = both(li[k + 3]);
      for (i32 j = 0; j < k + 4; j += 2) /* beyond its diagonal a row is zero */
        store(row + j, sub(load(row + j), add(add(mul(f0, load(r0 + j)), mul(f1, load(r1 + j))),
                                              add(mul(f2, load(r2 + j)), mul(f3, load(r3 + j))))));
    }
    for (; k < i; k++)
      for (i32 j = 0; j <= k; j++) row[j] -= li[k] * out[(long)k * n + j];
    const f64 scale = 1 / li[i];
    for (i32 j = 0; j < i; j++) row[j] *= scale;
    row[i] = scale;
  }
}

/* ---- points and centres ---- */

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

/* out [m,n] from y's m rows, as columns in yt [p,mp], to x [n,p]. row: mp. */
void EXPORT(squared_distances)(const f64 *x, const f64 *yt, i32 n, i32 m, i32 mp, i32 p, f64 *row, f64 *out) {
  for (i32 i = 0; i < n; i++) {
    row_distances(x + (long)i * p, yt, p, mp, row);
    for (i32 t = 0; t < m; t++) out[(long)t * n + i] = row[t];
  }
}

static f64 squared_distance(const f64 *a, const f64 *b, i32 p) {
  f64 total = 0;
  for (i32 j = 0; j < p; j++) total += (a[j] - b[j]) * (a[j] - b[j]);
  return total;
}

/* out [n]: the squared distance of each point to its centre. */
void EXPORT(own_distances)(const f64 *x, const f64 *centres, const i32 *labels, i32 n, i32 p, f64 *out) {
  for (i32 i = 0; i < n; i++) out[i] = squared_distance(x + (long)i * p, centres + (long)labels[i] * p, p);
}

/* Bounds carry 1e-16 a step; a point is left alone only where the gap is a million times that. */
static const f64 surely = 1 - 1e-10;

/*
 * Each point's nearest centre, the lowest one on a tie, and the sums [k,p] and counts [k] of those that
 * changed. upper and lower [n] bound the distance to the own and to any other centre (Hamerly 2010, "Making
 * k-means even faster"): where they are apart nothing is computed. gaps [k]: half the way to the next
 * centre. moves [k]: how far each centre went since the last call; most and second are the largest two,
 * `mover` the one that went farthest. Points labelled -1 are new. Answers how many labels changed.
 */
i32 EXPORT(assign)(const f64 *x, const f64 *centres, const f64 *ct, i32 n, i32 k, i32 kp, i32 p, i32 *labels,
                   f64 *upper, f64 *lower, const f64 *gaps, const f64 *moves, f64 most, f64 second, i32 mover,
                   f64 *sums, i32 *counts, f64 *row) {
  i32 changed = 0;
  for (i32 i = 0; i < n; i++) {
    const f64 *xi = x + (long)i * p;
    const i32 label = labels[i];
    if (label >= 0) {
      const f64 other = lower[i] - (label == mover ? second : most);
      const f64 bound = (other > gaps[label] ? other : gaps[label]) * surely;
      f64 own = upper[i] + moves[label];
      lower[i] = other;
      upper[i] = own;
      if (own < bound) continue;
      own = __builtin_sqrt(squared_distance(xi, centres + (long)label * p, p));
      upper[i] = own;
      if (own < bound) continue;
    }
    row_distances(xi, ct, p, kp, row);
    f64 least = row[0], next = __builtin_inf();
    i32 nearest = 0;
    for (i32 c = 1; c < k; c++) {
      const f64 distance = row[c];
      if (distance < least) next = least, least = distance, nearest = c;
      else if (distance < next) next = distance;
    }
    upper[i] = __builtin_sqrt(least);
    lower[i] = __builtin_sqrt(next);
    if (nearest == label) continue;
    changed++;
    labels[i] = nearest;
    f64 *to = sums + (long)nearest * p;
    counts[nearest]++;
    if (label < 0) {
      for (i32 j = 0; j < p; j++) to[j] += xi[j];
    } else {
      f64 *from = sums + (long)label * p;
      counts[label]--;
      for (i32 j = 0; j < p; j++) to[j] += xi[j], from[j] -= xi[j];
    }
  }
  return changed;
}
