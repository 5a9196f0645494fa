using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Forecasts from many rows of a part of the history that a model was not fitted on, and compares with what came.</summary>
internal sealed class RollingOrigin
{
    private readonly Matrix truth, values;
    private readonly SeriesPreparation preparation;

    private RollingOrigin(Matrix truth, SeriesPreparation preparation, int first, int[] origins, Matrix[] forecasts)
    {
        (this.truth, this.preparation, First, Origins, Forecasts) = (truth, preparation, first, origins, forecasts);
        values = Held(truth);
    }

    /// <summary>The first row that was not fitted.</summary>
    public int First { get; }

    /// <summary>The number of rows observed at each forecast.</summary>
    public int[] Origins { get; }

    /// <summary>The forecasts, [steps, targets] each, in the units of the network's target.</summary>
    public Matrix[] Forecasts { get; }

    /// <summary>Walks through the rows from the first that was not fitted.</summary>
    public static RollingOrigin Run(ForecastModel model, ForecasterState state, Matrix series, int steps, int mostOrigins, CancellationToken cancellation)
    {
        int first = (int)state.Rows, places = series.Rows - first, count = Math.Min(places, mostOrigins);
        int[] origins = [.. Enumerable.Range(0, count).Select(i => first + (int)((long)i * places / count))];
        Matrix[] forecasts = new Matrix[count];
        Matrix known = SeriesRoles.Pick(series, model.Roles.Known);
        using ForecastWalker walker = new(model, state);
        for (int t = first, i = 0; t < series.Rows && i < count; t++)
        {
            cancellation.ThrowIfCancellationRequested();
            if (origins[i] == t)
            {
                int ahead = Math.Min(steps, series.Rows - t);
                forecasts[i++] = walker.Forecast(ahead, known.Columns == 0 ? null : known.Slice(t, ahead));
            }

            walker.Observe(series.Row(t));
        }

        Matrix truth = SeriesRoles.Pick(series, model.Roles.Predicted[..model.Roles.Targets]);
        return new RollingOrigin(truth, model.Preparation, first, origins, forecasts);
    }

    /// <summary>The errors of a target at a step ahead, in the units of the network's target.</summary>
    public List<double> Errors(int step, int target)
    {
        List<double> errors = [];
        for (int i = 0; i < Origins.Length; i++)
        {
            if (step < Forecasts[i].Rows && !double.IsNaN(truth[Origins[i] + step, target]))
                errors.Add((preparation.Logarithms[target] ? Math.Log(truth[Origins[i] + step, target]) : truth[Origins[i] + step, target]) - Forecasts[i][step, target]);
        }

        return errors;
    }

    /// <summary>The root mean squared error over some steps ahead, in standard deviations, the mean over the targets.</summary>
    public double Nrmse(int firstStep, int endStep) => Mean(target => Nrmse(firstStep, endStep, target, Forecast(target)));

    /// <summary>The same for the forecast that a season repeats; a season of 1: that nothing changes.</summary>
    public double NaiveNrmse(int steps, int season) => Mean(target => Nrmse(0, steps, target, Naive(target, season)));

    /// <summary>The errors of one target.</summary>
    public ForecastErrors Of(int target, int steps, int season) => new(
        Nrmse(0, steps, target, Forecast(target)), Nrmse(0, steps, target, Naive(target, 1)), season > 1 ? Nrmse(0, steps, target, Naive(target, season)) : double.NaN);

    private Func<int, int, double> Forecast(int target) => (i, h) => preparation.Undo(Forecasts[i][h, target], target);

    private Func<int, int, double> Naive(int target, int season) => (i, h) => Origins[i] < season ? double.NaN : values[Origins[i] - season + (h % season), target];

    private double Mean(Func<int, double> ofTarget) => Enumerable.Range(0, truth.Columns).Average(ofTarget);

    private double Nrmse(int firstStep, int endStep, int target, Func<int, int, double> forecast)
    {
        double squares = 0;
        int count = 0;
        for (int i = 0; i < Origins.Length; i++)
        {
            for (int h = firstStep; h < Math.Min(endStep, Forecasts[i].Rows); h++)
            {
                double error = truth[Origins[i] + h, target] - forecast(i, h);
                if (double.IsNaN(error))
                    continue;
                squares += error * error;
                count++;
            }
        }

        double rmse = count == 0 ? double.NaN : Math.Sqrt(squares / count), deviation = Deviation(target);
        return rmse == 0 ? 0 : rmse / (deviation > 0 ? deviation : double.NaN);
    }

    // Over the rows that were not fitted.
    private double Deviation(int target)
    {
        double[] present = [.. Enumerable.Range(First, truth.Rows - First).Select(t => truth[t, target]).Where(value => !double.IsNaN(value))];
        if (present.Length == 0)
            return double.NaN;
        double mean = present.Average();
        return Math.Sqrt(present.Average(value => (value - mean) * (value - mean)));
    }

    private static Matrix Held(Matrix series)
    {
        Matrix held = series.Copy();
        for (int t = 1; t < held.Rows; t++)
        {
            for (int i = 0; i < held.Columns; i++)
            {
                if (double.IsNaN(held[t, i]))
                    held[t, i] = held[t - 1, i];
            }
        }

        return held;
    }
}
