#include "product.h"

#include <math.h>
#include <string.h>

// Six rows by sixteen columns are twelve accumulators of eight floats: with two of weights and one of input that is
// one less than the registers of AVX2.
enum { TILE_ROWS = FLOWCASE_TILE };

#if defined(__x86_64__)
#include <immintrin.h>
#define FUSED __attribute__((target("avx2,fma")))

// places, unless NULL, are the count values of each row that enter the sums; else the first count do.
FUSED static inline __attribute__((always_inline)) void fused_tile(size_t rows, const float *a, size_t a_stride,
                                                                   size_t count, const uint32_t *places,
                                                                   const float *weights, const float *start,
                                                                   float *out) {
  __m256 low[TILE_ROWS], high[TILE_ROWS];
  for (size_t r = 0; r < rows; r++) {
    low[r] = _mm256_loadu_ps(start);
    high[r] = _mm256_loadu_ps(start + 8);
  }
  for (size_t i = 0; i < count; i++) {
    const size_t k = places ? places[i] : i;
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

// One case a number of rows, with and without places, so that the accumulators stay in registers.
#define FUSED_CASE(n)                                                                             \
  case n:                                                                                         \
    if (places)                                                                                   \
      fused_tile(n, a, a_stride, count, places, weights, start, out);                             \
    else                                                                                          \
      fused_tile(n, a, a_stride, count, NULL, weights, start, out);                               \
    break;

FUSED static void fused_rows(size_t rows, const float *a, size_t a_stride, size_t count, const uint32_t *places,
                             const float *weights, const float *start, float *out) {
  switch (rows) {
    FUSED_CASE(1)
    FUSED_CASE(2)
    FUSED_CASE(3)
    FUSED_CASE(4)
    FUSED_CASE(5)
    FUSED_CASE(6)
  }
}
#endif

static void plain_rows(size_t rows, const float *a, size_t a_stride, size_t count, const uint32_t *places,
                       const float *weights, const float *start, float *out) {
  for (size_t r = 0; r < rows; r++) {
    float *sums = out + r * FLOWCASE_PANEL;
    memcpy(sums, start, FLOWCASE_PANEL * sizeof(float));
    for (size_t i = 0; i < count; i++) {
      const size_t k = places ? places[i] : i;
      for (size_t j = 0; j < FLOWCASE_PANEL; j++)
        sums[j] = fmaf(a[r * a_stride + k], weights[k * FLOWCASE_PANEL + j], sums[j]);
    }
  }
}

// Lists where any of the rows is not 0: list[0] is how many, the places follow.
static void list_places(const float *a, size_t a_stride, size_t rows, size_t used, uint32_t *list) {
  enum { STEP = 8 };
  uint32_t count = 0;
  for (size_t k = 0; k < used; k += STEP) {
    const size_t width = used - k < STEP ? used - k : STEP;
    uint32_t bits[STEP] = {0};
    for (size_t r = 0; r < rows; r++) {
      uint32_t values[STEP] = {0};
      memcpy(values, a + r * a_stride + k, width * sizeof(float));
      for (size_t j = 0; j < STEP; j++) bits[j] |= values[j];
    }
    // Without its sign bit, so that -0 is 0 too.
    for (size_t j = 0; j < width; j++) {
      list[1 + count] = (uint32_t)(k + j);
      count += bits[j] << 1 != 0;
    }
  }
  list[0] = count;
}

void flowcase_product(const float *a, size_t a_stride, size_t rows, size_t inner, const float *weights,
                      const float *start, float *c, size_t c_stride, size_t columns, uint32_t *lists, size_t used) {
#if defined(__x86_64__)
  const int fused = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
  if (lists)
    for (size_t r = 0; r < rows; r += TILE_ROWS)
      list_places(a + r * a_stride, a_stride, rows - r < TILE_ROWS ? rows - r : TILE_ROWS, used,
                  lists + r / TILE_ROWS * (used + 1));
  float out[TILE_ROWS * FLOWCASE_PANEL];
  for (size_t j = 0; j < columns; j += FLOWCASE_PANEL) {
    const size_t width = columns - j < FLOWCASE_PANEL ? columns - j : FLOWCASE_PANEL;
    for (size_t r = 0; r < rows; r += TILE_ROWS) {
      const size_t height = rows - r < TILE_ROWS ? rows - r : TILE_ROWS;
      const uint32_t *list = lists ? lists + r / TILE_ROWS * (used + 1) : NULL;
      const size_t count = list ? list[0] : inner;
      const uint32_t *places = list ? list + 1 : NULL;
#if defined(__x86_64__)
      if (fused)
        fused_rows(height, a + r * a_stride, a_stride, count, places, weights + j * inner, start + j, out);
      else
#endif
        plain_rows(height, a + r * a_stride, a_stride, count, places, weights + j * inner, start + j, out);
      for (size_t i = 0; i < height; i++)
        memcpy(c + (r + i) * c_stride + j, out + i * FLOWCASE_PANEL, width * sizeof(float));
    }
  }
}
