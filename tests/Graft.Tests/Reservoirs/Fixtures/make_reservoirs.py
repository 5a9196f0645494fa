"""Makes reservoirs.json: states, features and spectra that numpy computes in float64 for numbers that both languages make from one formula.

Made with Python 3.11, numpy 1.24.2 (Debian 12: python3-numpy). Run it in this folder.
"""
import itertools
import json
import numpy as np


def uniform(count, seed, scale=1.0):
    """Numbers in [-1, 1): the lowest 32 bits of two rounds of multiply and shift, exact in float64, times a scale, then rounded to float32."""
    i = np.arange(count, dtype=np.uint64)
    mask = np.uint64(0xFFFFFFFF)
    h = (i * np.uint64(2654435761) + np.uint64(seed) * np.uint64(40503) + np.uint64(12345)) & mask
    for _ in range(2):
        h = ((h ^ (h >> np.uint64(15))) * np.uint64(2246822519)) & mask
    return (scale * (h.astype(np.float64) / 2147483648.0 - 1.0)).astype(np.float32).astype(np.float64)


def sparse(n, seed, kept, scale=1.0):
    return np.where(uniform(n * n, seed + 1) < kept, uniform(n * n, seed, scale), 0).reshape(n, n)


N, T = 37, 25
W, Win, Wfb, b = sparse(N, 1, -0.4, 0.5), uniform(N * 2, 3).reshape(N, 2), uniform(N, 4, 0.5).reshape(N, 1), uniform(N, 5, 0.2)
a = 0.6 + 0.35 * uniform(N, 6)
u, y = uniform(T * 2, 7).reshape(T, 2), uniform(T, 8).reshape(T, 1)
O = np.roll(np.eye(N), 1, axis=0)


def run(rotation):
    x, states, fed = np.zeros(N), [], np.zeros(1)
    for t in range(T):
        x = (1 - a) * (rotation @ x) + a * np.tanh(W @ x + Win @ u[t] + Wfb @ fed + b)
        states.append(x)
        fed = y[t]
    return np.array(states)


leaky, edge = run(np.eye(N)), run(O)


def radius(matrix):
    return float(np.abs(np.linalg.eigvals(matrix)).max())


spectra = []
for n, seed, kept in ((1, 20, 2), (2, 22, 2), (5, 24, 2), (37, 26, -0.4), (64, 28, 0), (150, 30, -0.8), (400, 32, -0.9), (400, 34, 2)):
    matrix = sparse(n, seed, kept)
    spectra.append(dict(units=n, seed=seed, kept=kept, radius=radius(matrix), norm=float(np.linalg.norm(matrix, 2))))

# NVAR of 2 inputs, 3 delays of stride 2, orders 2 and 3, after Gauthier et al. 2021.
nvar = {}
for order in (2, 3):
    rows = []
    for t in range(T):
        linear = np.concatenate([u[t - 2 * k] if t >= 2 * k else np.zeros(2) for k in range(3)])
        products = [np.prod(linear[list(c)]) for p in range(2, order + 1) for c in itertools.combinations_with_replacement(range(6), p)]
        rows.append(np.concatenate([[1], linear, products]))
    nvar[str(order)] = [rows[0].tolist(), rows[3].tolist(), rows[24].tolist()]

# Intrinsic plasticity for tanh units (Schrauwen et al. 2008, equations 7 and 8), one pass over the inputs, no feedback.
mean, deviation, rate = 0.1, 0.3, 0.01
gain, shift, x = np.ones(N), np.zeros(N), np.zeros(N)
for t in range(T):
    net = W @ x + Win @ u[t] + b
    z = np.tanh(gain * net + shift)
    step = -rate * (-mean / deviation**2 + z / deviation**2 * (2 * deviation**2 + 1 - z**2 + mean * z))
    shift = shift + step
    gain = gain + rate / gain + step * net
    x = (1 - a) * x + a * z

json.dump(dict(leaky=leaky[[0, 1, 24]].tolist(), edge=edge[[0, 1, 24]].tolist(), spectra=spectra, nvar=nvar, gain=gain.tolist(), shift=shift.tolist()),
          open("reservoirs.json", "w"))
