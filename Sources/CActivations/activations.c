#include "activations.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("avx2", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

// sqrtf may set errno, which keeps a loop from becoming a vector loop; the builtin does not.
#if defined(__clang__)
#define SQUARE_ROOT __builtin_elementwise_sqrt
#else
#define SQUARE_ROOT sqrtf
#endif

// exp(x) = 2^k * exp(r) with k the nearest whole number to x / ln 2 and |r| <= ln(2) / 2. Adding 1.5 * 2^23 rounds to
// a whole number and leaves it in the low bits, with the same result wherever there is no rounding instruction.
// The Taylor polynomial of degree 7 is off by at most 6e-9 on that range.
INLINE float exp_one(float x) {
  const float shift = 12582912.0f;
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  const float shifted = x * 1.44269504f + shift;
  const float k = shifted - shift;
  // ln 2 in two parts, the first with so few bits that its product with k is exact.
  const float r = (x - k * 0.693359375f) - k * -2.12194440e-4f;
  float p = 1.0f / 5040.0f;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = (p * (r * r) + r) + 1.0f;
  uint32_t bits;
  memcpy(&bits, &shifted, 4);
  bits = (bits + 127u) << 23;
  float scale;
  memcpy(&scale, &bits, 4);
  return p * scale;
}

INLINE float sigmoid_one(float x) { return 1.0f / (1.0f + exp_one(-x)); }

// Near zero an odd polynomial fitted to tanh (relative error below 5e-9 for |x| <= 0.625), elsewhere
// 1 - 2 / (exp(2 |x|) + 1) with the sign of x.
INLINE float tanh_one(float x) {
  const float magnitude = fabsf(x);
  const float z = x * x;
  float p = -5.704968e-3f;
  p = p * z + 2.063907e-2f;
  p = p * z + -5.3739708e-2f;
  p = p * z + 1.3331442e-1f;
  p = p * z + -3.333328e-1f;
  const float near_zero = x + x * (z * p);
  const float far = copysignf(1.0f - 2.0f / (exp_one(2.0f * magnitude) + 1.0f), x);
  return magnitude < 0.625f ? near_zero : far;
}

CLONES void flowcase_exp(float *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = exp_one(values[i]);
}

CLONES void flowcase_tanh(float *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = tanh_one(values[i]);
}

CLONES void flowcase_sigmoid(float *values, size_t count) {
  for (size_t i = 0; i < count; i++) values[i] = sigmoid_one(values[i]);
}

CLONES void flowcase_lstm_step(float *restrict gates, const float *restrict recurrent, const float *cell_before,
                               float *cell, float *restrict hidden, size_t units) {
  if (recurrent)
    for (size_t j = 0; j < 4 * units; j++) gates[j] += recurrent[j];
  float *restrict input = gates, *restrict forget = gates + units;
  float *restrict candidate = gates + 2 * units, *restrict output = gates + 3 * units;
  for (size_t j = 0; j < 2 * units; j++) gates[j] = sigmoid_one(gates[j]);
  for (size_t j = 0; j < units; j++) candidate[j] = tanh_one(candidate[j]);
  for (size_t j = 0; j < units; j++) output[j] = sigmoid_one(output[j]);
  if (cell_before)
    for (size_t j = 0; j < units; j++) cell[j] = forget[j] * cell_before[j] + input[j] * candidate[j];
  else
    for (size_t j = 0; j < units; j++) cell[j] = input[j] * candidate[j];
  for (size_t j = 0; j < units; j++) hidden[j] = output[j] * tanh_one(cell[j]);
}

CLONES void flowcase_lstm_step_backward(float *restrict gates, const float *restrict cell_before,
                                        const float *restrict cell, const float *restrict hidden_gradient,
                                        float *restrict cell_gradient, size_t units) {
  for (size_t j = 0; j < units; j++) {
    const float i = gates[j], f = gates[units + j], g = gates[2 * units + j], o = gates[3 * units + j];
    const float squashed = tanh_one(cell[j]);
    const float before = cell_before ? cell_before[j] : 0.0f;
    const float dh = hidden_gradient[j];
    const float dc = cell_gradient[j] + dh * o * (1.0f - squashed * squashed);
    gates[j] = dc * g * i * (1.0f - i);
    gates[units + j] = dc * before * f * (1.0f - f);
    gates[2 * units + j] = dc * i * (1.0f - g * g);
    gates[3 * units + j] = dh * squashed * o * (1.0f - o);
    cell_gradient[j] = dc * f;
  }
}

CLONES float flowcase_dot(const float *restrict a, const float *restrict b, size_t count) {
  float sums[8] = {0};
  size_t i = 0;
  for (; i + 8 <= count; i += 8)
    for (size_t lane = 0; lane < 8; lane++) sums[lane] += a[i + lane] * b[i + lane];
  for (size_t lane = 0; i < count; i++, lane++) sums[lane] += a[i] * b[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

CLONES float flowcase_largest(const float *values, size_t count) {
  float lanes[16];
  for (size_t lane = 0; lane < 16; lane++) lanes[lane] = -INFINITY;
  size_t i = 0;
  for (; i + 16 <= count; i += 16)
    for (size_t lane = 0; lane < 16; lane++) lanes[lane] = values[i + lane] > lanes[lane] ? values[i + lane] : lanes[lane];
  for (size_t lane = 0; i < count; i++, lane++) lanes[lane] = values[i] > lanes[lane] ? values[i] : lanes[lane];
  float largest = lanes[0];
  for (size_t lane = 1; lane < 16; lane++) largest = lanes[lane] > largest ? lanes[lane] : largest;
  return largest;
}

CLONES void flowcase_add_scaled(float factor, const float *restrict x, float *restrict y, size_t count) {
  for (size_t i = 0; i < count; i++) y[i] += factor * x[i];
}

CLONES void flowcase_spread_scaled(const unsigned char *restrict bytes, float *restrict out, size_t count) {
  for (size_t i = 0; i < count; i++) out[i] = (float)bytes[i] / 255.0f;
}

CLONES void flowcase_spread_bits(const unsigned char *restrict bytes, float *restrict out, size_t count) {
  for (size_t i = 0; i < count; i++)
    for (unsigned bit = 0; bit < 8; bit++) out[8 * i + bit] = (float)((bytes[i] >> (7 - bit)) & 1);
}

CLONES void flowcase_adam(float *restrict values, const float *restrict gradient, float *restrict first,
                          float *restrict second, size_t count, float factor, float rate, float second_correction,
                          float beta1, float beta2, float epsilon, float kept) {
  for (size_t i = 0; i < count; i++) {
    const float g = gradient[i] * factor;
    first[i] = beta1 * first[i] + (1.0f - beta1) * g;
    second[i] = beta2 * second[i] + (1.0f - beta2) * (g * g);
    values[i] = kept * values[i] - rate * first[i] / (SQUARE_ROOT(second[i]) * second_correction + epsilon);
  }
}
