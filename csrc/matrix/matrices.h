/* What ni_orthogonal and ni_qr need. */
#ifndef NI_MATRICES_H
#define NI_MATRICES_H

#include <string.h>

#include "matrix/householder.h"
#include "team/fpenv.h"
#include "team/processors.h"

/* ni_orthogonal with the vectors x_j given, not drawn: the lower triangle of x, a matrix of the
 * tall shape and of float32 or, where `out` is, float64. With the x_j of a QR factorization this
 * is that factorization's Q, of positive diag(R). */
ni_status ni_orthogonal_of(const ni_matrices *x, const ni_matrices *out, double gain,
                           const ni_run *run);

#endif
