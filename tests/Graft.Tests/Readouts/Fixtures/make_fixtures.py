"""Reference optimum of multinomial logistic regression. Made with numpy 1.24 and scipy 1.10, float64.

Features are float32 of sin(1 + 7 i + 3 j + i j / 5) * (1 + j) + j; labels are (i * i + i // 3) % 3. The tests repeat the formula.
Minimized: mean_i w_i nll_i + penalty / 2 |W|^2, intercept not penalized, features as they are, weights balanced or 1.
"""
import json
import numpy
import scipy.optimize
from scipy.special import logsumexp

rows, dimension, classes, penalty = 60, 5, 3, 0.05
i, j = numpy.mgrid[0:rows, 0:dimension].astype(float)
x = (numpy.sin(1 + 7 * i + 3 * j + i * j / 5) * (1 + j) + j).astype(numpy.float32).astype(float)
k = numpy.arange(rows)
labels = (k * k + k // 3) % 3
one_hot = numpy.eye(classes)[labels]


def fit(sample_weights):
    def objective(point):
        w = point[: classes * dimension].reshape(classes, dimension)
        z = x @ w.T + point[classes * dimension :]
        log_p = z - logsumexp(z, axis=1, keepdims=True)
        r = (numpy.exp(log_p) - one_hot) * sample_weights[:, None] / rows
        value = -(sample_weights[:, None] * one_hot * log_p).sum() / rows + penalty / 2 * (w ** 2).sum()
        return value, numpy.concatenate([(r.T @ x + penalty * w).ravel(), r.sum(axis=0)])

    best = scipy.optimize.minimize(objective, numpy.zeros(classes * (dimension + 1)), jac=True, method="BFGS", options={"gtol": 1e-12, "maxiter": 10000})
    return {
        "objective": best.fun,
        "gradient": float(numpy.abs(best.jac).max()),
        "weights": best.x[: classes * dimension].tolist(),
        "bias": best.x[classes * dimension :].tolist(),
    }


counts = numpy.bincount(labels, minlength=classes)
json.dump({"plain": fit(numpy.ones(rows)), "balanced": fit(rows / (classes * counts[labels]))}, open("logistic.json", "w"))
