/*
 * The loops that no graph of matrix products expresses, for WebAssembly's 128-bit SIMD: two float64 or
 * four float32 at a time. Row-major throughout. Sizes and pointers only; whoever calls has placed the arrays in memory.
 * Built by build.sh into loops.wasm.ts, which is committed: nobody needs a compiler to run Headgate.
 */
#include <wasm_simd128.h>

typedef double f64;
typedef float f32;
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
  for (; j + 3 < i; j += 4) { /* four rows at a time: the vectors are read a quarter as often */
    f64 *a0 = a + (long)j * n, *a1 = a0 + n, *a2 = a1 + n, *a3 = a2 + n;
    const v128_t v0 = both(v[j]), v1 = both(v[j + 1]), v2 = both(v[j + 2]), v3 = both(v[j + 3]);
    const v128_t w0 = both(w[j]), w1 = both(w[j + 1]), w2 = both(w[j + 2]), w3 = both(w[j + 3]);
    const v128_t x0 = both(x[j]), x1 = both(x[j + 1]), x2 = both(x[j + 2]), x3 = both(x[j + 3]);
    v128_t s0 = both(0), s1 = s0, s2 = s0, s3 = s0;
    for (i32 k = 0; k < j; k += 2) {
      const v128_t vk = load(v + k), wk = load(w + k), xk = load(x + k);
      const v128_t b0 = sub(load(a0 + k), add(mul(v0, wk), mul(w0, vk)));
      const v128_t b1 = sub(load(a1 + k), add(mul(v1, wk), mul(w1, vk)));
      const v128_t b2 = sub(load(a2 + k), add(mul(v2, wk), mul(w2, vk)));
      const v128_t b3 = sub(load(a3 + k), add(mul(v3, wk), mul(w3, vk)));
      store(a0 + k, b0);
      store(a1 + k, b1);
      store(a2 + k, b2);
      store(a3 + k, b3);
      s0 = add(s0, mul(b0, xk));
      s1 = add(s1, mul(b1, xk));
      s2 = add(s2, mul(b2, xk));
      s3 = add(s3, mul(b3, xk));
      const v128_t together = add(add(mul(b0, x0), mul(b1, x1)), add(mul(b2, x2), mul(b3, x3)));
      store(product + k, add(load(product + k), together));
    }
    product[j] = sum(s0);
    product[j + 1] = sum(s1);
    product[j + 2] = sum(s2);
    product[j + 3] = sum(s3);
    for (i32 r = j; r < j + 4; r++) { /* their own corner of the triangle */
      f64 *row = a + (long)r * n;
      for (i32 k = j; k <= r; k++) {
        row[k] -= v[r] * w[k] + w[r] * v[k];
        product[r] += row[k] * x[k];
        if (k < r) product[k] += row[k] * x[r];
      }
    }
  }
  for (; j < i; j++) {
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

/* rows [n,n]: Q' from the reflectors that tridiagonalise left in a. */
void EXPORT(transposed_basis)(const f64 *a, const f64 *betas, f64 *rows, i32 n) {
  for (i32 r = 0; r < n; r++)
    for (i32 k = 0; k < n; k++) rows[(long)r * n + k] = r == k;
  for (i32 i = 1; i < n; i++) {
    if (betas[i] == 0) continue;
    const f64 *v = a + (long)i * n;
    for (i32 r = 0; r < i; r++) {
      f64 *row = rows + (long)r * n;
      v128_t s = both(0);
      i32 k = 0;
      for (; k + 1 < i; k += 2) s = add(s, mul(load(row + k), load(v + k)));
      const f64 factor = betas[i] * (sum(s) + (k < i ? row[k] * v[k] : 0));
      for (k = 0; k + 1 < i; k += 2) store(row + k, sub(load(row + k), mul(both(factor), load(v + k))));
      if (k < i) row[k] -= factor * v[k];
    }
  }
}

/* ---- The implicit QL iteration: the same as numerics/ql-iteration.ts ---- */

static void rotate_rows(f64 *x, f64 *y, i32 n, f64 c, f64 s) {
  i32 k = 0;
  for (; k + 1 < n; k += 2) {
    const v128_t xk = load(x + k), yk = load(y + k);
    store(x + k, sub(mul(both(c), xk), mul(both(s), yk)));
    store(y + k, add(mul(both(s), xk), mul(both(c), yk)));
  }
  if (k < n) {
    const f64 xk = x[k], yk = y[k];
    x[k] = c * xk - s * yk;
    y[k] = s * xk + c * yk;
  }
}

/*
 * Turns the tridiagonal matrix (e[i] beside d[i] and d[i - 1]) into its eigenvalues in d, unsorted, and
 * rotates rows [n,n] along. Overwrites e. Answers 0 when it does not converge.
 */
i32 EXPORT(ql_iterate)(f64 *d, f64 *e, f64 *rows, i32 n) {
  for (i32 i = 1; i < n; i++) e[i - 1] = e[i];
  e[n - 1] = 0;
  f64 shift = 0, largest = 0;
  for (i32 l = 0; l < n; l++) {
    const f64 here = __builtin_fabs(d[l]) + __builtin_fabs(e[l]);
    if (here > largest) largest = here;
    const f64 negligible = 2.220446049250313e-16 * largest;
    i32 m = l;
    while (__builtin_fabs(e[m]) > negligible) m++;
    for (i32 sweep = 0; m > l && __builtin_fabs(e[l]) > negligible; sweep++) {
      if (sweep == 60) return 0;
      const f64 before = d[l], off = e[l], half = (d[l + 1] - before) / (2 * off);
      const f64 root = half < 0 ? -__builtin_sqrt(half * half + 1) : __builtin_sqrt(half * half + 1);
      d[l] = off / (half + root);
      d[l + 1] = off * (half + root);
      const f64 taken = before - d[l];
      for (i32 i = l + 2; i < n; i++) d[i] -= taken;
      shift += taken;
      const f64 dl1 = d[l + 1], el1 = e[l + 1];
      f64 p = d[m], c = 1, c2 = 1, c3 = 1, s = 0, s2 = 0;
      for (i32 i = m - 1; i >= l; i--) {
        c3 = c2;
        c2 = c;
        s2 = s;
        const f64 ei = e[i], di = d[i], g = c * ei, h = c * p, r = __builtin_sqrt(p * p + ei * ei);
        e[i + 1] = s * r;
        s = ei / r;
        c = p / r;
        p = c * di - s * g;
        d[i + 1] = h + s * (c * g + s * di);
        rotate_rows(rows + (long)i * n, rows + (long)(i + 1) * n, n, c, s);
      }
      p = -s * s2 * c3 * el1 * e[l] / dl1;
      e[l] = s * p;
      d[l] = c * p;
    }
    d[l] += shift;
  }
  return 1;
}

/* ---- The secular equation: the same as numerics/secular.ts ---- */

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

static i32 secular_root(const f64 *d, const f64 *weights, f64 *delta, f64 reach, i32 i, i32 k, f64 *root) {
  const i32 last = i == k - 1;
  const f64 gap = last ? reach : d[i + 1] - d[i];
  i32 origin = i;
  if (!last) {
    for (i32 j = 0; j < k; j++) delta[j] = d[j] - d[i];
    if (1 + terms(delta, weights, 0, k, gap / 2).value < 0) origin = i + 1;
  }
  *root = reach;
  if (k == 1) return origin;
  for (i32 j = 0; j < k; j++) delta[j] = d[j] - d[origin];
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
 * Eigenvalues [k] ascending of D + rho z z' for ascending d, and of the last `count` the unit vectors
 * [count,k]. apart: k k; work: 3 k.
 */
void EXPORT(secular_eigen)(const f64 *d, const f64 *z, f64 rho, i32 k, i32 count, f64 *values, f64 *vectors,
                           f64 *apart, f64 *work) {
  f64 *weights = work, *delta = work + k, *nearby = work + 2 * k;
  f64 reach = 0;
  for (i32 j = 0; j < k; j++) reach += weights[j] = rho * z[j] * z[j];
  for (i32 i = 0; i < k; i++) {
    f64 offset, *row = apart + (long)i * k;
    const f64 base = d[secular_root(d, weights, delta, reach, i, k, &offset)];
    values[i] = base + offset;
    for (i32 j = 0; j < k; j++) row[j] = d[j] - base - offset;
  }
  for (i32 j = 0; j < k; j++) nearby[j] = -apart[(long)j * k + j];
  for (i32 i = 0; i < k; i++) { /* Loewner's formula; at j = i the factor is 1 */
    const f64 *row = apart + (long)i * k;
    const f64 own = nearby[i];
    i32 j = 0;
    for (; j + 1 < k; j += 2)
      store(nearby + j, wasm_f64x2_div(mul(load(nearby + j), load(row + j)), sub(load(d + j), both(d[i]))));
    if (j < k) nearby[j] = nearby[j] * row[j] / (d[j] - d[i]);
    nearby[i] = own;
  }
  for (i32 j = 0; j < k; j++) {
    const f64 size = __builtin_sqrt(__builtin_fabs(nearby[j]));
    nearby[j] = z[j] < 0 ? -size : size;
  }
  for (i32 r = 0; r < count; r++) {
    const f64 *row = apart + (long)(k - count + r) * k;
    f64 *out = vectors + (long)r * k;
    f64 squares = 0;
    for (i32 j = 0; j < k; j++) {
      out[j] = nearby[j] / row[j];
      squares += out[j] * out[j];
    }
    const f64 scale = 1 / __builtin_sqrt(squares);
    for (i32 j = 0; j < k; j++) out[j] *= scale;
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

/*
 * out [m,n] from y's m rows, as columns in yt [p,mp], to x [n,p]: squared distances, none above what closest
 * [n] allows, and their sums [m]. row: mp.
 */
void EXPORT(squared_distances)(const f64 *x, const f64 *yt, i32 n, i32 m, i32 mp, i32 p, const f64 *closest,
                               f64 *row, f64 *out, f64 *sums) {
  for (i32 t = 0; t < m; t++) sums[t] = 0;
  for (i32 i = 0; i < n; i++) {
    row_distances(x + (long)i * p, yt, p, mp, row);
    const f64 most = closest[i];
    for (i32 t = 0; t < m; t++) {
      const f64 least = row[t] < most ? row[t] : most;
      out[(long)t * n + i] = least;
      sums[t] += least;
    }
  }
}

static f64 squared_distance(const f64 *a, const f64 *b, i32 p) {
  v128_t s0 = both(0), s1 = both(0);
  i32 j = 0;
  for (; j + 3 < p; j += 4) {
    const v128_t d0 = sub(load(a + j), load(b + j)), d1 = sub(load(a + j + 2), load(b + j + 2));
    s0 = add(s0, mul(d0, d0));
    s1 = add(s1, mul(d1, d1));
  }
  f64 total = sum(add(s0, s1));
  for (; j < p; j++) total += (a[j] - b[j]) * (a[j] - b[j]);
  return total;
}

/* out [n]: the squared distance of each point to its centre. */
void EXPORT(own_distances)(const f64 *x, const f64 *centres, const i32 *labels, i32 n, i32 p, f64 *out) {
  for (i32 i = 0; i < n; i++) out[i] = squared_distance(x + (long)i * p, centres + (long)labels[i] * p, p);
}

f64 EXPORT(largest_magnitude)(const f64 *x, i32 length) {
  v128_t most = both(0);
  i32 i = 0;
  for (; i + 1 < length; i += 2) most = wasm_f64x2_pmax(most, wasm_f64x2_abs(load(x + i)));
  f64 last = i < length ? __builtin_fabs(x[i]) : 0;
  const f64 a = wasm_f64x2_extract_lane(most, 0), b = wasm_f64x2_extract_lane(most, 1);
  if (a > last) last = a;
  return b > last ? b : last;
}

/* ---- Lloyd's assignment: all distances in float32, and in float64 where those could mistake ---- */

/*
 * Blocks of four points, a dimension a vector, times `scale`: xf [ceil(n/4),p,4]. norms [n]: their lengths.
 * Answers the sum of all squared numbers, not scaled.
 */
f64 EXPORT(pack_points)(const f64 *x, i32 n, i32 p, f64 scale, f32 *xf, f32 *norms) {
  f64 all = 0;
  for (i32 i = 0; i < n; i++) {
    f32 *block = xf + (long)(i >> 2) * p * 4 + (i & 3);
    f64 squares = 0;
    for (i32 j = 0; j < p; j++) {
      const f64 value = x[(long)i * p + j];
      block[j * 4] = (f32)(value * scale);
      squares += value * value;
    }
    norms[i] = (f32)(__builtin_sqrt(squares) * scale);
    all += squares;
  }
  return all;
}

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

static inline v128_t squared4(v128_t sum, v128_t x, const f32 *centre) {
  const v128_t apart = wasm_f32x4_sub(x, wasm_v128_load(centre));
  return wasm_f32x4_add(sum, wasm_f32x4_mul(apart, apart));
}

/* cf [kq/4,p,4,4]: four centres at a time, each number four times over, kq a multiple of 4. */
static Nearest4 nearest_of_four(const f32 *x, const f32 *cf, i32 kq, i32 p) {
  const v128_t far = wasm_f32x4_splat(__builtin_inff());
  Nearest4 best = {far, far, wasm_i32x4_splat(0)};
  i32 c = 0;
  for (; c + 7 < kq; c += 8) {
    const f32 *low = cf + (long)c * p * 4, *high = low + (long)4 * p * 4;
    v128_t s0 = wasm_f32x4_splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    for (i32 j = 0; j < p; j++, low += 16, high += 16) {
      const v128_t xj = wasm_v128_load(x + j * 4);
      s0 = squared4(s0, xj, low);
      s1 = squared4(s1, xj, low + 4);
      s2 = squared4(s2, xj, low + 8);
      s3 = squared4(s3, xj, low + 12);
      s4 = squared4(s4, xj, high);
      s5 = squared4(s5, xj, high + 4);
      s6 = squared4(s6, xj, high + 8);
      s7 = squared4(s7, xj, high + 12);
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
    const f32 *low = cf + (long)c * p * 4;
    v128_t s0 = wasm_f32x4_splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (i32 j = 0; j < p; j++, low += 16) {
      const v128_t xj = wasm_v128_load(x + j * 4);
      s0 = squared4(s0, xj, low);
      s1 = squared4(s1, xj, low + 4);
      s2 = squared4(s2, xj, low + 8);
      s3 = squared4(s3, xj, low + 12);
    }
    consider(&best, s0, c);
    consider(&best, s1, c + 1);
    consider(&best, s2, c + 2);
    consider(&best, s3, c + 3);
  }
  return best;
}

/*
 * A bit for each of four points whose least and second least are apart by more than float32 can mistake.
 * With u = 2^-24, a squared distance d2 is off by less than u ((p + 5) d2 + 4 d |x|): the sum's rounding, and
 * that of x and c, where |c| <= |x| + d. Twice that for the two, a tenth on top, and 1e-30 for underflow.
 */
static inline i32 certain(Nearest4 best, v128_t norms, i32 p) {
  const f32 u = 1.1f * 2 / 16777216;
  const v128_t d2 = best.second, d = wasm_f32x4_sqrt(d2);
  const v128_t error = wasm_f32x4_add(wasm_f32x4_mul(d2, wasm_f32x4_splat(u * (p + 5))),
                                      wasm_f32x4_mul(wasm_f32x4_mul(d, norms), wasm_f32x4_splat(u * 4)));
  const v128_t gap = wasm_f32x4_sub(d2, best.least);
  return wasm_i32x4_bitmask(wasm_f32x4_gt(gap, wasm_f32x4_add(error, wasm_f32x4_splat(1e-30f))));
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

/*
 * Each point's nearest centre as float64 tells it, the lowest one on a tie, and with it the sums [k,p] and
 * counts [k]. x [n,p], ct [p,kp] the centres as columns; xf, norms and cf the same packed and scaled. labels
 * has room for a multiple of four; -1: a new point. Answers how many labels changed.
 */
i32 EXPORT(assign)(const f64 *x, const f64 *ct, const f32 *xf, const f32 *norms, const f32 *cf, i32 n, i32 k,
                   i32 kp, i32 p, i32 *labels, f64 *sums, i32 *counts, f64 *row) {
  i32 changed = 0;
  for (i32 i = 0; i < n; i += 4) {
    const Nearest4 best = nearest_of_four(xf + (long)i * p, cf, kp, p);
    const i32 sure = certain(best, wasm_v128_load(norms + i), p);
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
