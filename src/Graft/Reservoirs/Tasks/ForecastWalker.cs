using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Walks along series with a model: observes rows, and forecasts from where it is.</summary>
internal sealed class ForecastWalker : IDisposable
{
    private readonly ForecastModel model;
    private readonly ForecastDesign design;
    private readonly Differences differences;
    private readonly EchoStateRunner runner;
    private readonly History history;
    private readonly double[] features, input, z, picked;
    private double[]? pending;
    private long rows;

    public ForecastWalker(ForecastModel model, ForecasterState? state)
    {
        this.model = model;
        design = model.Design;
        differences = design.Preparation.Differences;
        runner = model.Network.Start(state?.Network);
        history = state is null ? new History(design.Memory, Predicted) : new History(design.Memory, state.History);
        pending = state is { Pending.Rows: 1 } ? [.. state.Pending.Values] : null;
        rows = state?.Rows ?? 0;
        features = new double[model.Network.Trunk.Features];
        input = new double[model.Network.Inputs];
        z = new double[Predicted];
        picked = new double[Predicted];
    }

    public ForecasterState State => new(runner.State, history.Rows(), pending is null ? new Matrix(0, Predicted) : new Matrix(1, Predicted, [.. pending]), rows);

    private int Predicted => design.Roles.Predicted.Length;

    private int Known => design.Roles.Known.Length;

    /// <summary>Goes on by a row of all columns. What is missing is taken to be as predicted.</summary>
    public void Observe(ReadOnlySpan<double> row)
    {
        SeriesRoles.Pick(row, design.Roles.Predicted, picked);
        design.Preparation.Apply(picked, z);
        if (pending is not null)
        {
            SeriesRoles.Pick(row, design.Roles.Known, input.AsSpan(Predicted, Known));
            Step();
        }

        for (int i = 0; i < z.Length; i++)
        {
            if (double.IsNaN(z[i])) z[i] = Filling(i);
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
        int targets = design.Roles.Targets;
        Matrix values = new(steps, targets);
        for (int i = 0; i < targets; i++)
        {
            for (int h = 0; h < steps && Repeats(i); h++) values[h, i] = Repeated(i, h);
        }

        if (!Enumerable.Range(0, targets).All(Repeats)) RunNetwork(values, known);
        return values;
    }

    private void RunNetwork(Matrix values, Matrix? known)
    {
        int targets = design.Roles.Targets;
        double[] last = [.. Enumerable.Range(0, Predicted).Select(i => history.Count > 0 ? history[1, i] : 0)], outputs = [];
        if (design.IsDirect)
        {
            if (pending is not null) Step();
            outputs = pending is null ? new double[design.Steps * targets] : [.. runner.Output];
        }

        for (int h = 0; h < values.Rows; h++)
        {
            if (!design.IsDirect)
            {
                known?.Row(h).CopyTo(input.AsSpan(Predicted, Known));
                if (pending is not null) Step();
            }

            for (int i = 0; i < z.Length; i++) z[i] = pending is null || design.IsDirect ? Naive(i) : Next(i);

            // Direct forecasts stand on the naive ones; of a recursion each step is read in the next.
            for (int i = 0; i < z.Length; i++)
            {
                double value = design.IsDirect && i < targets ? z[i] + outputs[(h * targets) + i] : z[i], credible = model.Credible(value, i, last[i], h + 1);
                if (!design.IsDirect) z[i] = credible;
                if (i < targets && !Repeats(i)) values[h, i] = credible;
            }

            if (design.IsDirect) history.Push(z);
            else Push();
        }
    }

    private bool Repeats(int series) => series < design.Roles.Targets && design.Repetitions[series] is not null;

    private double Repeated(int series, int step)
    {
        Repetition repetition = design.Repetitions[series]!;
        int rows = Math.Min(repetition.Rows, history.Count), back = rows == 0 ? 0 : rows - (step % rows);
        return rows == 0 ? 0 : repetition.Carry(history[back, series], step + back);
    }

    // What stands for a value that is missing: what was forecast of it.
    private double Filling(int series) =>
        Repeats(series) ? Repeated(series, 0)
        : pending is not null ? model.CredibleInGap(Next(series), series, history[1, series])
        : history.Count > 0 ? history[1, series] : 0;

    // The network reads the last row's differences, and of the next row what is known.
    private void Step()
    {
        for (int i = 0; i < Predicted; i++) input[i] = model.CredibleChange(pending![i], i);
        design.Preparation.Wave(rows, input.AsSpan(Predicted + Known));
        model.Network.Output(runner, input, features);
    }

    // What the network says of the next row.
    private double Next(int series)
    {
        double change = !design.IsDirect ? model.CredibleChange(runner.Output[series], series) : series < design.Roles.Targets ? runner.Output[series] : 0;
        return Naive(series) + change;
    }

    private double Naive(int series) => history.Count < differences.Order ? (history.Count > 0 ? history[1, series] : 0) : differences.Naive(history, series);

    private void Push()
    {
        if (history.Count >= differences.Order)
        {
            pending ??= new double[Predicted];
            for (int i = 0; i < z.Length; i++) pending[i] = z[i] - differences.Naive(history, i);
        }

        history.Push(z);
        rows++;
    }
}
