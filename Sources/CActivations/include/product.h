#ifndef FLOWCASE_PRODUCT_H
#define FLOWCASE_PRODUCT_H

#include <stddef.h>
#include <stdint.h>

// Columns of a weight panel, and rows that are summed at a time.
enum { FLOWCASE_PANEL = 16, FLOWCASE_TILE = 6 };

// c[r][j] = start[j] + sum over k of a[r][k] w[k][j], for r < rows and j < columns.
//
// Each element is one chain of fused multiply-adds, k = 0, 1, ..., that begins at start[j]. It has the same bits in
// any row of any number of rows and on every CPU: with AVX2 and FMA at full speed, elsewhere with fmaf.
//
// weights is packed: panels of FLOWCASE_PANEL columns, each [inner, FLOWCASE_PANEL], the last filled up with zeros;
// start is filled up likewise. lists, unless NULL, is scratch of used + 1 numbers for every FLOWCASE_TILE rows, the
// last ones perhaps fewer. Then the places where a is 0 in all of these rows are left out of their chains, and all
// places from used on, which are not read: with finite weights they would add zeros. The arrays do not overlap.
void flowcase_product(const float *a, size_t a_stride, size_t rows, size_t inner, const float *weights,
                      const float *start, float *c, size_t c_stride, size_t columns, uint32_t *lists, size_t used);

#endif
