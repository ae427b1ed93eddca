/* The Gram matrix of few columns and many rows, a panel of rows at a time that stays in the first-level cache. */
#include "simd.h"

/* Two numbers of a row, less base and then less rest. */
static inline v128_t centred_two(const f64 *row, const f64 *base, const f64 *rest) {
  return sub(sub(load(row), load(base)), load(rest));
}

/*
 * Rows [n,p] less base and then less rest, as columns [p,q]; q is n, or n + 1 with a last row of zeros. Two rows of two
 * columns at a time.
 */
static void turn_centred(const f64 *rows, i32 n, i32 p, const f64 *base, const f64 *rest, f64 *columns, i32 q) {
  i32 i = 0;
  for (; i + 2 <= n; i += 2) {
    const f64 *row = rows + (long)i * p;
    i32 j = 0;
    for (; j + 2 <= p; j += 2) {
      const v128_t above = centred_two(row + j, base + j, rest + j);
      const v128_t below = centred_two(row + p + j, base + j, rest + j);
      store(columns + j * q + i, wasm_i64x2_shuffle(above, below, 0, 2));
      store(columns + (j + 1) * q + i, wasm_i64x2_shuffle(above, below, 1, 3));
    }
    for (; j < p; j++)
      for (i32 r = 0; r < 2; r++) columns[j * q + i + r] = row[r * p + j] - base[j] - rest[j];
  }
  for (; i < n; i++)
    for (i32 j = 0; j < p; j++) columns[j * q + i] = rows[(long)i * p + j] - base[j] - rest[j];
  if (q > n)
    for (i32 j = 0; j < p; j++) columns[j * q + n] = 0;
}

/* Adds the products of columns j and j + 1 with columns k to k + 3, fewer where there are fewer. */
static inline void add_tile(const f64 *columns, i32 q, i32 p, i32 j, i32 k, i32 rows, i32 width, f64 *gram) {
  v128_t sums[2][4];
  for (i32 r = 0; r < rows; r++)
    for (i32 c = 0; c < width; c++) sums[r][c] = both(0);
  for (i32 i = 0; i < q; i += 2)
    for (i32 r = 0; r < rows; r++) {
      const v128_t along = load(columns + (j + r) * q + i);
      for (i32 c = 0; c < width; c++)
        sums[r][c] = add(sums[r][c], mul(along, load(columns + (k + c) * q + i)));
    }
  for (i32 r = 0; r < rows; r++)
    for (i32 c = 0; c < width; c++) gram[(j + r) * p + k + c] += sum(sums[r][c]);
}

static void add_pair(const f64 *columns, i32 q, i32 p, i32 j, f64 *gram) {
  i32 k = j;
  for (; k + 4 <= p; k += 4) add_tile(columns, q, p, j, k, 2, 4, gram);
  /* Two sums alone would wait for each other: of 16 columns such ends took a fifth of the time. */
  for (; k + 2 <= p; k += 2) add_tile(columns, q, p, j, k, 2, 2, gram);
  for (; k < p; k++) add_tile(columns, q, p, j, k, 2, 1, gram);
}

/*
 * Adds XᵀX of the rows [n,p] less base and rest to the upper triangle of gram [p,p]; what it leaves below is
 * nothing. columns has room for [p, n + 1].
 */
static void add_gram(const f64 *rows, i32 n, i32 p, const f64 *base, const f64 *rest, f64 *columns, f64 *gram) {
  const i32 q = n + (n & 1);
  turn_centred(rows, n, p, base, rest, columns, q);
  i32 j = 0;
  for (; j + 2 <= p; j += 2) add_pair(columns, q, p, j, gram);
  if (j < p) add_tile(columns, q, p, j, j, 1, 1, gram);
}

/* The sum of a column [q], q even. */
static f64 column_sum(const f64 *column, i32 q) {
  v128_t s0 = both(0), s1 = s0, s2 = s0, s3 = s0;
  i32 i = 0;
  for (; i + 8 <= q; i += 8) {
    s0 = add(s0, load(column + i));
    s1 = add(s1, load(column + i + 2));
    s2 = add(s2, load(column + i + 4));
    s3 = add(s3, load(column + i + 6));
  }
  for (; i < q; i += 2) s0 = add(s0, load(column + i));
  return sum(add(add(s0, s1), add(s2, s3)));
}

/* The same, and adds the sums of the columns to sums [p]. */
void EXPORT(add_scatter)(const f64 *rows, i32 n, i32 p, const f64 *base, const f64 *rest, f64 *columns, f64 *gram,
                         f64 *sums) {
  add_gram(rows, n, p, base, rest, columns, gram);
  const i32 q = n + (n & 1);
  for (i32 j = 0; j < p; j++) sums[j] += column_sum(columns + j * q, q);
}
