/* Householder's reductions of a matrix: to a bidiagonal one, and of long rows to a triangle. */
#include "simd.h"

/* Squares below this have lost digits to underflow; against elements of size 1 they are nothing. */
static const f64 negligible_squares = 1e-280;

static f64 dot(const f64 *a, const f64 *b, i32 from, i32 to) {
  v128_t s0 = both(0), s1 = both(0);
  i32 k = from;
  for (; k + 3 < to; k += 4) {
    s0 = add(s0, mul(load(a + k), load(b + k)));
    s1 = add(s1, mul(load(a + k + 2), load(b + k + 2)));
  }
  f64 total = sum(add(s0, s1));
  for (; k < to; k++) total += a[k] * b[k];
  return total;
}

/*
 * The reflector I - beta x x' that turns x[at, to) into a multiple of the unit vector at `at`: x becomes its
 * vector, with 1 at `at`; answers beta, and in *image the multiple. 0, and x all zero, where none is needed.
 */
static f64 reflector(f64 *x, i32 at, i32 to, f64 *image) {
  const f64 pivot = x[at], rest = dot(x, x, at + 1, to);
  if (rest < negligible_squares) {
    *image = pivot;
    for (i32 k = at; k < to; k++) x[k] = 0;
    return 0;
  }
  const f64 norm = __builtin_sqrt(pivot * pivot + rest);
  *image = pivot > 0 ? -norm : norm;
  const f64 head = pivot - *image;
  for (i32 k = at + 1; k < to; k++) x[k] /= head;
  x[at] = 1;
  return -head / *image;
}

/* What step i - 1 still has to take from the rows and columns from i on: u y' + x v'. */
typedef struct {
  f64 *u, *x, *y, *v;
} Pending;

/*
 * One pass over the rows from i on and the columns behind i: each takes what is pending and at once its part in
 * the product A'w of the next step. Two passes would read the matrix from beyond the cache twice.
 */
static void update_and_multiply(f64 *a, Pending p, const f64 *w, f64 *product, i32 i, i32 m, i32 n) {
  for (i32 k = i; k < n; k++) product[k] = 0;
  i32 r = i;
  for (; r + 3 < m; r += 4) { /* four rows at a time: the vectors are read a quarter as often */
    f64 *a0 = a + (long)r * n, *a1 = a0 + n, *a2 = a1 + n, *a3 = a2 + n;
    const v128_t u0 = both(p.u[r]), u1 = both(p.u[r + 1]), u2 = both(p.u[r + 2]), u3 = both(p.u[r + 3]);
    const v128_t x0 = both(p.x[r]), x1 = both(p.x[r + 1]), x2 = both(p.x[r + 2]), x3 = both(p.x[r + 3]);
    const v128_t w0 = both(w[r]), w1 = both(w[r + 1]), w2 = both(w[r + 2]), w3 = both(w[r + 3]);
    i32 k = i + 1;
    for (; k + 1 < n; k += 2) {
      const v128_t yk = load(p.y + k), vk = load(p.v + k);
      const v128_t b0 = sub(load(a0 + k), add(mul(u0, yk), mul(x0, vk)));
      const v128_t b1 = sub(load(a1 + k), add(mul(u1, yk), mul(x1, vk)));
      const v128_t b2 = sub(load(a2 + k), add(mul(u2, yk), mul(x2, vk)));
      const v128_t b3 = sub(load(a3 + k), add(mul(u3, yk), mul(x3, vk)));
      store(a0 + k, b0);
      store(a1 + k, b1);
      store(a2 + k, b2);
      store(a3 + k, b3);
      const v128_t together = add(add(mul(b0, w0), mul(b1, w1)), add(mul(b2, w2), mul(b3, w3)));
      store(product + k, add(load(product + k), together));
    }
    if (k < n) {
      for (i32 q = r; q < r + 4; q++) {
        f64 *at = a + (long)q * n + k;
        *at -= p.u[q] * p.y[k] + p.x[q] * p.v[k];
        product[k] += *at * w[q];
      }
    }
  }
  for (; r < m; r++) {
    f64 *row = a + (long)r * n;
    for (i32 k = i + 1; k < n; k++) {
      row[k] -= p.u[r] * p.y[k] + p.x[r] * p.v[k];
      product[k] += row[k] * w[r];
    }
  }
}

/* out = A v over the rows and columns behind i. */
static void multiply(const f64 *a, const f64 *v, f64 *out, i32 i, i32 m, i32 n) {
  i32 r = i + 1;
  for (; r + 3 < m; r += 4) {
    const f64 *a0 = a + (long)r * n, *a1 = a0 + n, *a2 = a1 + n, *a3 = a2 + n;
    v128_t s0 = both(0), s1 = s0, s2 = s0, s3 = s0;
    i32 k = i + 1;
    for (; k + 1 < n; k += 2) {
      const v128_t vk = load(v + k);
      s0 = add(s0, mul(load(a0 + k), vk));
      s1 = add(s1, mul(load(a1 + k), vk));
      s2 = add(s2, mul(load(a2 + k), vk));
      s3 = add(s3, mul(load(a3 + k), vk));
    }
    out[r] = sum(s0) + (k < n ? a0[k] * v[k] : 0);
    out[r + 1] = sum(s1) + (k < n ? a1[k] * v[k] : 0);
    out[r + 2] = sum(s2) + (k < n ? a2[k] * v[k] : 0);
    out[r + 3] = sum(s3) + (k < n ? a3[k] * v[k] : 0);
  }
  for (; r < m; r++) out[r] = dot(a + (long)r * n, v, i + 1, n);
}

/*
 * B = U'AV, upper bidiagonal, of a [m,n] with m at least n: diagonal [n], and above [n], whose element i stands right of diagonal
 * i. Row i of a keeps, behind its diagonal, the vector of the reflector I - beta v v' of the columns; those of the
 * rows are not kept. work: 3 m + 3 n, zero at first and left alone between the calls. A call takes the rows [from, to).
 */
void EXPORT(bidiagonalise)(f64 *a, i32 m, i32 n, i32 from, i32 to, f64 *diagonal, f64 *above, f64 *betas,
                           f64 *work) {
  f64 *w = work + 2 * m, *product = work + 3 * m;
  Pending p = {work, work + m, product + n, product + 2 * n};
  for (i32 i = from; i < to; i++) {
    for (i32 r = i; r < m; r++) w[r] = a[(long)r * n + i] - p.u[r] * p.y[i] - p.x[r] * p.v[i];
    const f64 beta = reflector(w, i, m, diagonal + i);
    above[i] = betas[i] = 0;
    if (i == n - 1) break;
    update_and_multiply(a, p, w, product, i, m, n);
    f64 *row = a + (long)i * n;
    for (i32 k = i + 1; k < n; k++) {
      product[k] *= beta;
      row[k] -= product[k] * w[i];
    }
    betas[i] = reflector(row, i + 1, n, above + i);
    for (i32 k = i + 1; k < n; k++) {
      p.y[k] = product[k];
      p.v[k] = row[k];
    }
    for (i32 r = i + 1; r < m; r++) p.u[r] = w[r];
    if (betas[i] == 0) {
      for (i32 r = i + 1; r < m; r++) p.x[r] = 0;
      continue;
    }
    multiply(a, p.v, p.x, i, m, n);
    const f64 along = dot(p.y, p.v, i + 1, n);
    for (i32 r = i + 1; r < m; r++) p.x[r] = betas[i] * (p.x[r] - p.u[r] * along);
  }
}

/*
 * The rows [from, to) of a [to,length], which reflectors of the columns turn into a lower triangle: row i keeps
 * what is before its diagonal and then the vector of its reflector, and diagonal [to] takes the diagonal.
 */
void EXPORT(triangularise_rows)(f64 *a, i32 length, i32 from, i32 to, f64 *diagonal, f64 *betas) {
  for (i32 i = from; i < to; i++) {
    f64 *v = a + (long)i * length;
    betas[i] = reflector(v, i, length, diagonal + i);
    if (betas[i] == 0) continue;
    for (i32 r = i + 1; r < to; r++) {
      f64 *row = a + (long)r * length;
      const f64 factor = betas[i] * dot(row, v, i, length);
      i32 k = i;
      for (; k + 1 < length; k += 2) store(row + k, sub(load(row + k), mul(both(factor), load(v + k))));
      if (k < length) row[k] -= factor * v[k];
    }
  }
}
