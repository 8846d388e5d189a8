#ifndef FLOWCASE_ACTIVATIONS_H
#define FLOWCASE_ACTIVATIONS_H

#include <stddef.h>

// Element loops of the layers, in C because a default Swift build has no wider vectors than SSE2.
//
// Every function is compiled twice, for AVX2 and for the baseline, and the loader picks one. Both do the same IEEE
// operations in the same order for each element (no contraction to FMA, no reassociation), so results have the same
// bits on every CPU. Pointers never overlap unless a comment says so.

// values[i] = exp(values[i]), saturating below -87 and above 88. Relative error below 2 ulp.
void flowcase_exp(float *values, size_t count);

// values[i] = tanh(values[i]). Relative error below 3 ulp.
void flowcase_tanh(float *values, size_t count);

// values[i] = 1 / (1 + exp(-values[i])). Relative error below 3 ulp.
void flowcase_sigmoid(float *values, size_t count);

// One LSTM step of one row, Eq. (1)-(4). gates is [4 x units] in the order i, f, g, o.
// Pre-activations are gates + recurrent (recurrent may be NULL: gates alone); gates then holds the activations.
// cell_before may be NULL (zeros) and may be the same array as cell.
void flowcase_lstm_step(float *gates, const float *recurrent, const float *cell_before, float *cell, float *hidden,
                        size_t units);

// The gradient of that step. gates holds activations and becomes the gradient of the pre-activations.
// hidden_gradient is dL/dh; cell_gradient is dL/dc from the step after and becomes that for the step before.
void flowcase_lstm_step_backward(float *gates, const float *cell_before, const float *cell,
                                 const float *hidden_gradient, float *cell_gradient, size_t units);

// Sum of a[i] * b[i], in eight partial sums that are then added pairwise.
float flowcase_dot(const float *a, const float *b, size_t count);

// The largest of the values, -infinity of none.
float flowcase_largest(const float *values, size_t count);

// y[i] += factor * x[i].
void flowcase_add_scaled(float factor, const float *x, float *y, size_t count);

// out[i] = byte / 255.
void flowcase_spread_scaled(const unsigned char *bytes, float *out, size_t count);

// out[8 * i + j] = bit 7 - j of bytes[i], as 0 or 1.
void flowcase_spread_bits(const unsigned char *bytes, float *out, size_t count);

// One step of Adam (Kingma and Ba 2015): gradient times factor enters both moments; rate holds the bias correction
// of the first moment, second_correction is 1 / sqrt(1 - beta2^t); kept is what weight decay leaves of a value.
void flowcase_adam(float *values, const float *gradient, float *first, float *second, size_t count, float factor,
                   float rate, float second_correction, float beta1, float beta2, float epsilon, float kept);

#endif
