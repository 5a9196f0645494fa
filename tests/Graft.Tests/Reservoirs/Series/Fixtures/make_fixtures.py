"""Reference values for the generators and measures of series. Made with numpy 1.24 and scipy 1.10, float64.

Trajectories are integrated by methods other than Graft's where the equation itself is the reference (DOP853 at a tolerance of 1e-13), and written out
anew where a discrete protocol is (Mackey-Glass by Euler's steps, NARMA).
"""
import json
import numpy
from scipy.integrate import solve_ivp


def flow(slope, start, step, count):
    times = step * numpy.arange(count)
    solution = solve_ivp(slope, (0, times[-1]), start, method="DOP853", t_eval=times, rtol=1e-13, atol=1e-13)
    return solution.y.T


def lorenz(t, p):
    x, y, z = p
    return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]


def rossler(t, p):
    x, y, z = p
    return [-y - z, x + 0.2 * y, 0.2 + z * (x - 5.7)]


def mackey_glass_euler(tau, step, keep_every, count):
    delay = round(tau / step)
    y = [1.2] * (delay + 1)
    for _ in range(count * keep_every):
        y.append(y[-1] + step * (0.2 * y[-1 - delay] / (1 + y[-1 - delay] ** 10) - 0.1 * y[-1]))
    return y[delay :: keep_every][:count]


def mackey_glass_exact(tau, count):
    """The method of steps: each delay is an ordinary differential equation whose past is the dense solution of the one before."""
    past, pieces, y0 = (lambda t: 1.2), [], 1.2
    for k in range(int(numpy.ceil(count / tau)) + 1):
        start = k * tau

        def slope(t, y, past=past):
            delayed = past(t - tau)
            return [0.2 * delayed / (1 + delayed**10) - 0.1 * y[0]]

        solution = solve_ivp(slope, (start, start + tau), [y0], method="DOP853", rtol=1e-13, atol=1e-13, dense_output=True)
        past = lambda t, s=solution.sol: float(s(t)[0])
        pieces.append(past)
        y0 = float(solution.y[0, -1])
    return [1.2] + [pieces[min(int(t // tau), len(pieces) - 1)](t) for t in range(1, count)]


def narma(u, order, linear, quadratic, product, constant, squash=lambda v: v, offset=0.0):
    y = numpy.zeros(len(u) + 1)
    for t in range(len(u)):
        sum_ = sum(y[t - i] for i in range(order) if t - i >= 0)
        oldest = u[t - order + 1] if t - order + 1 >= 0 else 0.0
        y[t + 1] = squash(linear * y[t] + quadratic * y[t] * sum_ + product * oldest * u[t] + constant) + offset
    return y[1:]


u = 0.25 + 0.25 * numpy.sin(numpy.arange(120) ** 2 * 0.7)
i = numpy.arange(50)
truth, forecast = 3 + numpy.sin(i * 0.4) + 0.02 * i, 3 + 0.9 * numpy.sin(i * 0.4 + 0.1) + 0.021 * i
history = 3 + numpy.sin(numpy.arange(-80, 0) * 0.4)
error, spread = forecast - truth, truth.std()
both = numpy.stack([truth, numpy.cos(i * 0.3)], 1), numpy.stack([forecast, numpy.cos(i * 0.303)], 1)
normalized = numpy.sqrt((((both[1] - both[0]) / both[0].std(0)) ** 2).mean(1))
json.dump(
    {
        "lorenz": flow(lorenz, [1, 1, 1], 0.02, 201)[::20].ravel().tolist(),
        "rossler": flow(rossler, [1, 1, 0], 0.1, 201)[::20].ravel().tolist(),
        "mackeyGlassEuler": mackey_glass_euler(17, 0.1, 10, 400),
        "mackeyGlassEulerTau30": mackey_glass_euler(30, 0.1, 10, 200),
        "mackeyGlassExact": mackey_glass_exact(17, 200),
        "narma10": narma(u, 10, 0.3, 0.05, 1.5, 0.1).tolist(),
        "narma20": narma(u, 20, 0.3, 0.05, 1.5, 0.01, numpy.tanh, 0.2).tolist(),
        "narma30": narma(u, 30, 0.2, 0.004, 1.5, 0.201).tolist(),
        "metrics": {
            "rmse": numpy.sqrt((error**2).mean()),
            "nrmse": numpy.sqrt((error**2).mean()) / spread,
            "nrmseByRange": numpy.sqrt((error**2).mean()) / (truth.max() - truth.min()),
            "nmse": (error**2).mean() / truth.var(),
            "mae": abs(error).mean(),
            "smape": (200 * abs(error) / (abs(truth) + abs(forecast))).mean(),
            "mase": abs(error).mean() / abs(history[1:] - history[:-1]).mean(),
            "seasonalMase": abs(error).mean() / abs(history[16:] - history[:-16]).mean(),
            "r2": 1 - (error**2).sum() / ((truth - truth.mean()) ** 2).sum(),
            "squaredCorrelation": numpy.corrcoef(truth, forecast)[0, 1] ** 2,
            "nrmseOfTwo": numpy.sqrt((((both[1] - both[0]) ** 2).mean(0) / both[0].var(0)).mean()),
            "validRows": int(numpy.argmax(normalized > 0.12)),
        },
    },
    open("series.json", "w"),
)
