"""Reference values for the linear algebra tests. Made with numpy 1.24 and scipy 1.10 (LAPACK), float64.

The inputs follow a formula that the tests repeat, so that only results are stored: a[i, j] = sin(1 + 7 i + 3 j + i j / 5).
"""
import json
import numpy

rows, columns = 37, 23
i, j = numpy.mgrid[0:rows, 0:columns].astype(float)
a = numpy.sin(1 + 7 * i + 3 * j + i * j / 5)
b = numpy.cos(numpy.arange(rows)[:, None] * numpy.array([0.3, 1.1]) + 0.5)
gram = a.T @ a
json.dump(
    {
        "eigenvalues": numpy.linalg.eigvalsh(gram).tolist(),
        "singularValues": numpy.linalg.svd(a, compute_uv=False).tolist(),
        "leastSquares": numpy.linalg.lstsq(a, b, rcond=None)[0].ravel().tolist(),
        "cholesky": numpy.linalg.cholesky(gram + numpy.eye(columns))[-1].tolist(),
    },
    open("linear_algebra.json", "w"),
)
