using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Walks along series with a model: observes rows, and forecasts from where it is.</summary>
internal sealed class ForecastWalker : IDisposable
{
    private readonly ForecastModel model;
    private readonly Differences differences;
    private readonly NetworkRunner runner;
    private readonly History history;
    private readonly double[] features, input, z, picked;
    private double[]? pending;
    private long rows;

    public ForecastWalker(ForecastModel model, ForecasterState? state)
    {
        this.model = model;
        differences = model.Preparation.Differences;
        runner = model.Network.Start(state?.Network);
        history = state is null ? new History(differences.Order, Predicted) : new History(differences.Order, state.History);
        pending = state is { Pending.Rows: 1 } ? [.. state.Pending.Values] : null;
        rows = state?.Rows ?? 0;
        features = new double[model.Network.Trunk.Features];
        input = new double[model.Network.Inputs];
        z = new double[Predicted];
        picked = new double[Predicted];
    }

    public ForecasterState State => new(runner.State, history.Rows(), pending is null ? new Matrix(0, Predicted) : new Matrix(1, Predicted, [.. pending]), rows);

    private int Predicted => model.Roles.Predicted.Length;

    private int Known => model.Roles.Known.Length;

    /// <summary>Goes on by a row of all columns. What is missing is taken to be as predicted.</summary>
    public void Observe(ReadOnlySpan<double> row)
    {
        SeriesRoles.Pick(row, model.Roles.Predicted, picked);
        model.Preparation.Apply(picked, z);
        if (pending is not null)
        {
            SeriesRoles.Pick(row, model.Roles.Known, input.AsSpan(Predicted, Known));
            Step();
        }

        for (int i = 0; i < z.Length; i++)
        {
            if (double.IsNaN(z[i]))
                z[i] = pending is not null ? Next(i) : history.Count > 0 ? history[1, i] : 0;
        }

        Push();
    }

    /// <summary>Forecasts from here and stays here: [steps, targets], logarithms as they are.</summary>
    /// <param name="steps">How many.</param>
    /// <param name="known">[steps, known columns]; null where there are none.</param>
    public Matrix Forecast(int steps, Matrix? known)
    {
        using ForecastWalker ahead = new(model, State);
        return ahead.Run(steps, known);
    }

    public void Dispose() => runner.Dispose();

    private Matrix Run(int steps, Matrix? known)
    {
        int targets = model.Roles.Targets;
        Matrix values = new(steps, targets);
        if (model.IsDirect)
        {
            if (pending is not null)
                Step();
            double[] outputs = pending is null ? new double[model.Steps * targets] : [.. runner.Output];
            for (int h = 0; h < steps; h++)
            {
                for (int i = 0; i < z.Length; i++)
                    z[i] = Naive(i);
                history.Push(z);
                for (int i = 0; i < targets; i++)
                    values[h, i] = z[i] + outputs[(h * targets) + i];
            }

            return values;
        }

        for (int h = 0; h < steps; h++)
        {
            known?.Row(h).CopyTo(input.AsSpan(Predicted, Known));
            if (pending is not null)
                Step();
            for (int i = 0; i < z.Length; i++)
                z[i] = pending is null ? Naive(i) : Next(i);
            Push();
            z.AsSpan(0, targets).CopyTo(values.Row(h));
        }

        return values;
    }

    // The network reads the last row's differences, and of the next row what is known.
    private void Step()
    {
        pending!.CopyTo(input, 0);
        model.Preparation.Wave(rows, input.AsSpan(Predicted + Known));
        model.Network.Output(runner, input, features);
    }

    // What the network says of the next row.
    private double Next(int series)
    {
        double change = model.IsDirect ? (series < model.Roles.Targets ? runner.Output[series] : 0) : Math.Clamp(runner.Output[series], model.Bounds[0, series], model.Bounds[1, series]);
        return Naive(series) + change;
    }

    private double Naive(int series) => history.Count < differences.Order ? (history.Count > 0 ? history[1, series] : 0) : differences.Naive(history, series);

    private void Push()
    {
        if (history.Count >= differences.Order)
        {
            pending ??= new double[Predicted];
            for (int i = 0; i < z.Length; i++)
                pending[i] = z[i] - differences.Naive(history, i);
        }

        history.Push(z);
        rows++;
    }
}
