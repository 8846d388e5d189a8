#ifndef FLOWCASE_PRODUCT_H
#define FLOWCASE_PRODUCT_H

#include <stddef.h>

// Columns of a weight panel.
enum { FLOWCASE_PANEL = 16 };

// c[r][j] = start[j] + sum over k of a[r][k] w[k][j], for r < rows and j < columns.
//
// Each element is one chain of fused multiply-adds, k = 0, 1, ..., that begins at start[j]. It has the same bits in
// any row of any number of rows and on every CPU: with AVX2 and FMA at full speed, elsewhere with fmaf.
//
// weights is packed: panels of FLOWCASE_PANEL columns, each [inner, FLOWCASE_PANEL], the last filled up with zeros;
// start is filled up likewise. used, unless NULL, gives for each row how many of its first values may differ from 0,
// never rising from row to row; no more are read of a row than the largest of its neighbours, and the rest of the
// chain, which adds zeros, is left out. The arrays do not overlap.
void flowcase_product(const float *a, size_t a_stride, size_t rows, const size_t *used, size_t inner,
                      const float *weights, const float *start, float *c, size_t c_stride, size_t columns);

#endif
