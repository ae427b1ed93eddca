/* Householder's reduction to a tridiagonal matrix and the QL iteration: the same as numerics/tridiagonal.ts and ql-iteration.ts. */
#include "simd.h"

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
 * of the reflector I - beta v v' that cleared it. work: 3 n, left alone between the calls. A call takes the rows
 * from `from` down to `to`; the first begins at n - 1, and each of the others where the one before it ended.
 */
void EXPORT(tridiagonalise)(f64 *a, i32 n, i32 from, i32 to, f64 *diagonal, f64 *off, f64 *betas, f64 *work) {
  f64 *zeros = work, *w = work + n, *product = work + 2 * n;
  if (from == n - 1)
    for (i32 k = 0; k < n; k++) zeros[k] = w[k] = 0;
  const f64 *v = from < n - 1 && betas[from + 1] != 0 ? a + (long)(from + 1) * n : zeros;
  off[0] = betas[0] = 0;
  for (i32 i = from; i >= to; i--) {
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
  if (w != work + n)
    for (i32 k = 0; k < n; k++) work[n + k] = w[k];
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

