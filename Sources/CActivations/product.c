#include "product.h"

#include <math.h>
#include <string.h>

// Six rows by sixteen columns are twelve accumulators of eight floats: with two of weights and one of input that is
// one less than the registers of AVX2.
enum { TILE_ROWS = 6 };

#if defined(__x86_64__)
#include <immintrin.h>
#define FUSED __attribute__((target("avx2,fma")))

FUSED static inline __attribute__((always_inline)) void fused_tile(size_t rows, const float *a, size_t a_stride,
                                                                   size_t inner, const float *weights,
                                                                   const float *start, float *out) {
  __m256 low[TILE_ROWS], high[TILE_ROWS];
  for (size_t r = 0; r < rows; r++) {
    low[r] = _mm256_loadu_ps(start);
    high[r] = _mm256_loadu_ps(start + 8);
  }
  for (size_t k = 0; k < inner; k++) {
    const __m256 first = _mm256_loadu_ps(weights + k * FLOWCASE_PANEL);
    const __m256 second = _mm256_loadu_ps(weights + k * FLOWCASE_PANEL + 8);
    for (size_t r = 0; r < rows; r++) {
      const __m256 x = _mm256_broadcast_ss(a + r * a_stride + k);
      low[r] = _mm256_fmadd_ps(x, first, low[r]);
      high[r] = _mm256_fmadd_ps(x, second, high[r]);
    }
  }
  for (size_t r = 0; r < rows; r++) {
    _mm256_storeu_ps(out + r * FLOWCASE_PANEL, low[r]);
    _mm256_storeu_ps(out + r * FLOWCASE_PANEL + 8, high[r]);
  }
}

// One case a number of rows, so that the accumulators stay in registers.
FUSED static void fused_rows(size_t rows, const float *a, size_t a_stride, size_t inner, const float *weights,
                             const float *start, float *out) {
  switch (rows) {
    case 6: fused_tile(6, a, a_stride, inner, weights, start, out); break;
    case 5: fused_tile(5, a, a_stride, inner, weights, start, out); break;
    case 4: fused_tile(4, a, a_stride, inner, weights, start, out); break;
    case 3: fused_tile(3, a, a_stride, inner, weights, start, out); break;
    case 2: fused_tile(2, a, a_stride, inner, weights, start, out); break;
    default: fused_tile(1, a, a_stride, inner, weights, start, out); break;
  }
}
#endif

static void plain_rows(size_t rows, const float *a, size_t a_stride, size_t inner, const float *weights,
                       const float *start, float *out) {
  for (size_t r = 0; r < rows; r++) {
    float *sums = out + r * FLOWCASE_PANEL;
    memcpy(sums, start, FLOWCASE_PANEL * sizeof(float));
    for (size_t k = 0; k < inner; k++)
      for (size_t j = 0; j < FLOWCASE_PANEL; j++)
        sums[j] = fmaf(a[r * a_stride + k], weights[k * FLOWCASE_PANEL + j], sums[j]);
  }
}

void flowcase_product(const float *a, size_t a_stride, size_t rows, const size_t *used, size_t inner,
                      const float *weights, const float *start, float *c, size_t c_stride, size_t columns) {
#if defined(__x86_64__)
  const int fused = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  float out[TILE_ROWS * FLOWCASE_PANEL];
  for (size_t j = 0; j < columns; j += FLOWCASE_PANEL) {
    const size_t width = columns - j < FLOWCASE_PANEL ? columns - j : FLOWCASE_PANEL;
    for (size_t r = 0; r < rows; r += TILE_ROWS) {
      const size_t height = rows - r < TILE_ROWS ? rows - r : TILE_ROWS;
      const size_t length = used ? used[r] : inner;
#if defined(__x86_64__)
      if (fused)
        fused_rows(height, a + r * a_stride, a_stride, length, weights + j * inner, start + j, out);
      else
#endif
        plain_rows(height, a + r * a_stride, a_stride, length, weights + j * inner, start + j, out);
      for (size_t i = 0; i < height; i++)
        memcpy(c + (r + i) * c_stride + j, out + i * FLOWCASE_PANEL, width * sizeof(float));
    }
  }
}
