/* Cholesky factors and the inverses of triangles. */
#include "simd.h"

static f64 dot(const f64 *a, const f64 *b, i32 n) {
  v128_t s = both(0);
  i32 k = 0;
  for (; k + 1 < n; k += 2) s = add(s, mul(load(a + k), load(b + k)));
  return sum(s) + (k < n ? a[k] * b[k] : 0);
}

/*
 * The lower factor in place of the lower triangle of a [n,n], its columns in [from, to), those before them done;
 * answers 0 when it is not positive definite.
 */
i32 EXPORT(cholesky)(f64 *a, i32 n, i32 from, i32 to) {
  for (i32 j = from; j < to; j++) {
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

/* out [n,n], which must be zero: the inverse of the lower triangle of l [n,n], its rows in [from, to). */
void EXPORT(invert_lower)(const f64 *l, f64 *out, i32 n, i32 from, i32 to) {
  for (i32 i = from; i < to; i++) {
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

