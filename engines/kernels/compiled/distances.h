/* The squared distance of two points, in float64 and from differences: exact where |x|^2 - 2xy + |y|^2 would cancel. */
#ifndef DISTANCES_H
#define DISTANCES_H
#include "simd.h"

/* In four sums, none of which waits for another. */
static inline f64 squared_distance(const f64 *a, const f64 *b, i32 p) {
  v128_t s0 = both(0), s1 = s0, s2 = s0, s3 = s0;
  i32 j = 0;
  for (; j + 7 < p; j += 8) {
    const v128_t d0 = sub(load(a + j), load(b + j)), d1 = sub(load(a + j + 2), load(b + j + 2));
    const v128_t d2 = sub(load(a + j + 4), load(b + j + 4)), d3 = sub(load(a + j + 6), load(b + j + 6));
    s0 = add(s0, mul(d0, d0));
    s1 = add(s1, mul(d1, d1));
    s2 = add(s2, mul(d2, d2));
    s3 = add(s3, mul(d3, d3));
  }
  for (; j + 1 < p; j += 2) {
    const v128_t d0 = sub(load(a + j), load(b + j));
    s0 = add(s0, mul(d0, d0));
  }
  const f64 total = sum(add(add(s0, s1), add(s2, s3)));
  return j < p ? total + (a[j] - b[j]) * (a[j] - b[j]) : total;
}

#endif
