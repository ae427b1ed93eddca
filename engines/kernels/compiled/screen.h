/*
 * Squared distances in float32, four points at a time, and what they can be trusted with: they settle most
 * questions in a quarter of the time, and float64 is asked about the rest.
 */
#ifndef SCREEN_H
#define SCREEN_H
#include "simd.h"

/* Two numbers of a row, scaled, as float32 in the lower half. */
static inline v128_t scaled2(v128_t values, f64 scale) {
  return wasm_f32x4_demote_f64x2_zero(mul(values, both(scale)));
}

/* Adds four points' squared distances from a centre in one dimension. */
static inline v128_t squared4(v128_t sum, v128_t x, const f32 *centre) {
  const v128_t apart = wasm_f32x4_sub(x, wasm_v128_load32_splat(centre));
  return wasm_f32x4_add(sum, wasm_f32x4_mul(apart, apart));
}

/*
 * A bit for each of four points whose d2 in truth is above `least` too, another squared distance or a bound.
 * With u = 2^-24, a squared distance d2 is off by less than u ((p + 5) d2 + 4 d |x|): the sum's rounding, and
 * that of x and c, where |c| <= |x| + d. Twice that for the two, a tenth on top, and 1e-30 for underflow.
 */
static inline i32 surely_less(v128_t least, v128_t d2, v128_t norms, i32 p) {
  const f32 u = 1.1f * 2 / 16777216;
  const v128_t d = wasm_f32x4_sqrt(d2);
  const v128_t error = wasm_f32x4_add(wasm_f32x4_mul(d2, wasm_f32x4_splat(u * (p + 5))),
                                      wasm_f32x4_mul(wasm_f32x4_mul(d, norms), wasm_f32x4_splat(u * 4)));
  const v128_t gap = wasm_f32x4_sub(d2, least);
  return wasm_i32x4_bitmask(wasm_f32x4_gt(gap, wasm_f32x4_add(error, wasm_f32x4_splat(1e-30f))));
}

#endif
