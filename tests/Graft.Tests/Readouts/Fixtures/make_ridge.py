"""Reference ridge regressions at condition number 1e10. Made with numpy 1.24, Python 3.11.

X is 60 rows, 8 features, singular values from 1 to 1e-10, rounded to float64 and stored; y has two
outputs. The solutions are exact: Gaussian elimination over rationals of the normal equations of the stored numbers, rounded once at the end.
"""
from fractions import Fraction
import json
import numpy

rng = numpy.random.default_rng(5)
rows, features, outputs = 60, 8, 2
q = numpy.linalg.qr(rng.standard_normal((rows, features)))[0]
p = numpy.linalg.qr(rng.standard_normal((features, features)))[0]
x = q * numpy.logspace(0, -10, features) @ p.T
w = rng.standard_normal((features, outputs))
y = x @ w + 1e-13 * rng.standard_normal((rows, outputs))


def solve(penalty, intercept):
    lead = int(intercept)
    columns = [[Fraction(1)] * rows] * lead + [[Fraction(v) for v in x[:, j]] for j in range(features)]
    n = len(columns)
    system = [[sum(a * b for a, b in zip(columns[i], columns[j])) for j in range(n)] for i in range(n)]
    for j in range(lead, n):
        system[j][j] += Fraction(penalty)
    for i in range(n):
        system[i] += [sum(a * Fraction(b) for a, b in zip(columns[i], y[:, c])) for c in range(outputs)]
    for i in range(n):
        for k in range(n):
            if k != i:
                f = system[k][i] / system[i][i]
                system[k] = [a - f * b for a, b in zip(system[k], system[i])]
    return [float(system[i][n + c] / system[i][i]) for i in range(n) for c in range(outputs)]


penalties = [1e-28, 1e-22, 1e-16, 1e-6]
json.dump(
    {
        "x": x.ravel().tolist(),
        "y": y.ravel().tolist(),
        "penalties": penalties,
        "with_intercept": [solve(v, True) for v in penalties],
        "without": [solve(v, False) for v in penalties],
    },
    open("ridge.json", "w"),
)
