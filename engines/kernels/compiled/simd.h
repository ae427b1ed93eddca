/* What the compiled loops share: short names for WebAssembly's 128-bit SIMD, two float64 at a time. */
#ifndef SIMD_H
#define SIMD_H
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

#endif
