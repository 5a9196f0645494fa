using System.Globalization;
using Graft.Numerics;
using Graft.Reservoirs;
using Graft.Reservoirs.Series;

// An echo state network learns a chaotic series and goes on by itself: Forecast [STEPS]
int steps = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 84;
Matrix series = MackeyGlass.Generate(3000 + steps, new MackeyGlassOptions { Squash = true }), history = series.Slice(0, 3000);

EchoStateNetwork network = EchoStateNetwork.FitSeries(history);
Matrix future = network.Generate(steps);

Console.WriteLine("step      truth   forecast");
for (int t = 0; t < steps; t++) Console.WriteLine(FormattableString.Invariant($"{t + 1,4} {series[3000 + t, 0],10:F5} {future[t, 0],10:F5}"));
