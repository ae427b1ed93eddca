/* Coordinate descent for factors that are not negative: numerics/nmf-updates.ts with its products. */
#include "simd.h"

/* Inner products of `rows` rows of x and `columns` rows of a, all q long, q even: both constants where it is inlined. */
static inline __attribute__((always_inline)) void block(const f64 *x, const f64 *a, i32 q, const i32 rows,
                                                        const i32 columns, f64 *out, i32 stride) {
  v128_t s[10], xj[2];
#pragma unroll
  for (i32 at = 0; at < rows * columns; at++) s[at] = both(0);
  for (i32 j = 0; j < q; j += 2) {
#pragma unroll
    for (i32 r = 0; r < rows; r++) xj[r] = load(x + (long)r * q + j);
#pragma unroll
    for (i32 c = 0; c < columns; c++) {
      const v128_t ac = load(a + (long)c * q + j);
#pragma unroll
      for (i32 r = 0; r < rows; r++) s[c * rows + r] = add(s[c * rows + r], mul(xj[r], ac));
    }
  }
#pragma unroll
  for (i32 c = 0; c < columns; c++)
#pragma unroll
    for (i32 r = 0; r < rows; r++) out[(long)c * stride + r] = sum(s[c * rows + r]);
}

/* Two rows of x with the next rows of a, as many as fill the registers; answers how many. */
static i32 next_block(const f64 *x, const f64 *a, i32 left, i32 q, f64 *out, i32 stride) {
  switch (left) {
  case 1: block(x, a, q, 2, 1, out, stride); return 1;
  case 2: block(x, a, q, 2, 2, out, stride); return 2;
  case 3: block(x, a, q, 2, 3, out, stride); return 3;
  case 5: block(x, a, q, 2, 5, out, stride); return 5;
  default: block(x, a, q, 2, 4, out, stride); return 4;
  }
}

/* out [k,stride]: of each row of a [k,q] with each row of x [m,q], q even. */
void EXPORT(row_products)(const f64 *a, const f64 *x, i32 k, i32 m, i32 q, f64 *out, i32 stride) {
  i32 i = 0;
  for (; i + 1 < m; i += 2)
    for (i32 c = 0; c < k;)
      c += next_block(x + (long)i * q, a + (long)c * q, k - c, q, out + (long)c * stride + i, stride);
  if (i == m) return;
  for (i32 c = 0; c < k; c++) block(x + (long)i * q, a + (long)c * q, q, 1, 1, out + (long)c * stride + i, stride);
}

/* How far two gradients are from an optimum: at zero only a push upwards is a way to go. */
static inline v128_t violated(v128_t value, v128_t push) {
  const v128_t upwards = wasm_f64x2_pmax(both(0), wasm_f64x2_neg(push));
  return wasm_v128_bitselect(upwards, wasm_f64x2_abs(push), wasm_f64x2_eq(value, both(0)));
}

/* Along component c of factor [k,m], m even, whose products with the others stand in gram [k]. */
static f64 descend_along(f64 *factor, i32 m, i32 k, i32 c, const f64 *gram, const f64 *cross, f64 l1) {
  f64 *own = factor + (long)c * m;
  const f64 slope = gram[c];
  v128_t violation = both(0);
  for (i32 i = 0; i < m; i += 2) {
    v128_t push = sub(both(l1), load(cross + i));
    for (i32 r = 0; r < k; r++) push = add(push, mul(both(gram[r]), load(factor + (long)r * m + i)));
    const v128_t value = load(own + i);
    violation = add(violation, violated(value, push));
    if (slope != 0) store(own + i, wasm_f64x2_pmax(sub(value, wasm_f64x2_div(push, both(slope))), both(0)));
  }
  return sum(violation);
}

/*
 * Descends along the components of factor [k,m] in the given order, m even; answers how far the gradient was
 * from its optimum. gram [k,k] and cross [k,m] are the other factor's products with itself and with X; l1
 * and l2 the penalties.
 */
f64 EXPORT(descend)(f64 *factor, i32 m, i32 k, const i32 *order, f64 *gram, const f64 *cross, f64 l1, f64 l2) {
  for (i32 c = 0; c < k; c++) gram[(long)c * k + c] += l2;
  f64 violation = 0;
  for (i32 at = 0; at < k; at++) {
    const i32 c = order[at];
    violation += descend_along(factor, m, k, c, gram + (long)c * k, cross + (long)c * m, l1);
  }
  return violation;
}
