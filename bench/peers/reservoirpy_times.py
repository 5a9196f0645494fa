"""A reservoir's update, or a whole fit, in reservoirpy 0.4.2: the fastest of several repeats.

Runs on Debian 12's numpy 1.24 and scipy 1.10, for which reservoirpy asks for newer ones: what is missing there (scipy.sparse.sparray, Generator.spawn, joblib) is
stood in for, outside of what is timed. Weights are drawn here, so that no time goes into reservoirpy's own drawing.
"""
import argparse
import json
import sys
import time
import types

import numpy as np
import scipy.sparse


class Sequential:
    """joblib.Parallel with one worker."""

    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, calls):
        return [function(*args, **kwargs) for function, args, kwargs in calls]


class Spawning:
    def spawn(self, count):
        return [Spawning()] * count


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--reservoirpy", required=True, help="the folder of reservoirpy's sources")
parser.add_argument("--what", choices=["update", "fit"], default="update")
parser.add_argument("--precision", choices=["float32", "float64"], default="float64")
parser.add_argument("--units", type=int, default=1000)
parser.add_argument("--steps", type=int, default=10_000)
parser.add_argument("--repeats", type=int, default=3)
args = parser.parse_args()

joblib = types.ModuleType("joblib")
joblib.Parallel, joblib.delayed = Sequential, lambda function: lambda *a, **k: (function, a, k)
joblib.Memory = lambda *a, **k: types.SimpleNamespace(cache=lambda f=None, **k: f if f is not None else (lambda g: g))
sys.modules.setdefault("joblib", joblib)
if not hasattr(scipy.sparse, "sparray"):
    scipy.sparse.sparray = type(scipy.sparse.csr_array((1, 1))).__mro__[1]
sys.path.insert(0, args.reservoirpy)
import reservoirpy.nodes.reservoir  # noqa: E402
from reservoirpy.nodes import Reservoir, Ridge  # noqa: E402

if not hasattr(np.random.Generator, "spawn"):
    reservoirpy.nodes.reservoir.rand_generator = lambda seed=None: Spawning()

number, n = np.dtype(args.precision).type, args.units
rng = np.random.default_rng(0)
recurrent = scipy.sparse.csr_array(scipy.sparse.random(n, n, 0.1, format="csr", random_state=0, data_rvs=rng.standard_normal))
recurrent = (recurrent * (0.9 / np.sqrt(0.1 * n))).astype(number)
read = rng.uniform(-1, 1, (n, 1)).astype(number)
bias = rng.uniform(-0.2, 0.2, n).astype(number)
t = np.arange(args.steps + 1)
series = (np.sin(t * 0.2) + 0.5 * np.sin(t * 0.311)).reshape(-1, 1).astype(number)

best = processor = float("inf")
for _ in range(args.repeats):
    node = Reservoir(n, lr=number(0.7), W=recurrent, Win=read, bias=bias, dtype=number)
    node.run(series[:3])
    model = node >> Ridge(ridge=1e-2) if args.what == "fit" else None
    start, used = time.perf_counter(), time.process_time()
    if model is None:
        node.run(series[:-1])
    else:
        model.fit(series[:-1], series[1:])
    best, processor = min(best, time.perf_counter() - start), min(processor, time.process_time() - used)
print(json.dumps(dict(units=n, precision=args.precision, us_per_step=best / args.steps * 1e6, seconds=best, processor_s=processor)))
