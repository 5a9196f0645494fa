using Graft.Numerics;
using Graft.Readouts;
using Graft.Reservoirs.Search;
using Graft.Reservoirs.Series;
using Graft.Reservoirs.Tasks;
using Graft.Reservoirs.Trunks;

namespace Tour;

internal static class Searching
{
    public static void Run()
    {
        Matrix series = MackeyGlass.Generate(500);
        (SearchResult found, ForecasterOptions best) = ReservoirSearch.Run(series, new() { Horizon = 20 }, new() { Trials = 24 });
        foreach ((SearchParameter parameter, double part) in found.Parameters.Zip(found.Importance))
        {
            Console.WriteLine($"{parameter.Name} {found[parameter.Name]:G3} explains {part:P0}");
        }

        Forecaster forecaster = Forecaster.Fit(series, best);
        Console.WriteLine($"error {forecaster.Validation.Nrmse:0.0000}");

        DrivenSeries narma = Narma.Generate(1500);
        SearchParameter[] parameters = [new("delays", 2, 30), new("penalty", 1e-8, 1, isLogarithmic: true)];
        SearchResult own = ParameterSearch.Run(parameters, (values, _, _) => Error(narma, (int)values[0], values[1]), new() { Trials = 12 });
        Console.WriteLine($"{own["delays"]:0} delays: {own.Best.Score:0.000}");
    }

    private static double Error(DrivenSeries narma, int delays, double penalty)
    {
        Matrix features = new NonlinearVectorAutoregression(new() { Delays = delays }).Run(narma.Inputs);
        LinearMap readout = RidgeRegression.Fit(features.Slice(0, 1000), narma.Targets.Slice(0, 1000), new() { Penalty = penalty }).Map;
        return SeriesMetrics.Nrmse(narma.Targets.Slice(1000, 500), readout.Apply(features.Slice(1000, 500)));
    }
}
