using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Fits a forecaster's network on a history.</summary>
internal static class ForecastTraining
{
    // With the features of that many rows the memory that fitting takes stays within a few hundred megabytes, and weights within a percent or so of their best.
    private const int MostRowsFitted = 100_000;

    // What an echo state network remembers longer than that is not worth another run through a long history.
    private const int MostRowsBehind = 2000;

    /// <summary>Models, and their states at the end of the history; none where a history with its gaps leaves no row to fit.</summary>
    /// <param name="series">[time, columns].</param>
    /// <param name="design">What the forecaster is to do.</param>
    /// <param name="options">The network.</param>
    /// <param name="penalties">Penalties for a row of the history, of which each gives a model; empty for one model with the options' own.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static IEnumerable<(ForecastModel Model, ForecasterState State)> Fit(
        Matrix series, ForecastDesign design, EchoStateNetworkOptions options, IReadOnlyList<double> penalties, CancellationToken cancellation)
    {
        (SeriesRoles roles, SeriesPreparation preparation) = (design.Roles, design.Preparation);
        int start = Math.Max(0, series.Rows - MostRowsFitted);
        Matrix part = start == 0 ? series : series.Slice(start, MostRowsFitted);
        Matrix z = preparation.Apply(SeriesRoles.Pick(part, roles.Predicted)), filled = MissingValues.Interpolate(z, [.. new double[z.Columns]]);
        Differences differences = preparation.Differences;
        int order = differences.Order, rows = part.Rows - order - 1;
        if (rows < 1) return [];

        Matrix changes = Changes(filled, differences), known = SeriesRoles.Pick(part, roles.Known);
        Matrix inputs = new(rows, roles.Predicted.Length + roles.Known.Length + preparation.Waves);
        for (int i = 0; i < rows; i++)
        {
            Span<double> input = inputs.Row(i);
            changes.Row(i).CopyTo(input);
            known.Row(order + i + 1).CopyTo(input[roles.Predicted.Length..]);
            preparation.Wave(start + order + i + 1, input[(roles.Predicted.Length + roles.Known.Length)..]);
        }

        Matrix targets = design.IsDirect ? Ahead(z, filled, differences, roles.Targets, design.Steps) : Next(z, changes, differences, roles.Targets);
        LeaveOut(Jumps.Find(changes, roles.Targets), targets, design.IsDirect ? design.Steps : 1);
        options = Sized(options, rows);
        if (!Enumerable.Range(0, rows).Skip(EchoStateNetwork.WashoutOf(options, rows)).Any(row => MissingValues.IsWhole(targets.Row(row)))) return [];
        Matrix bounds = ForecastModel.Widened(ForecastModel.Ranges(changes)), levels = ForecastModel.Ranges(filled);
        IReadOnlyList<EchoStateNetwork> networks = penalties.Count == 0
            ? [EchoStateNetwork.Fit(inputs, targets, options, cancellation)]
            : EchoStateNetwork.FitPenalties(inputs, targets, [.. penalties.Select(penalty => penalty * rows)], options, cancellation);
        return networks.Select(network =>
        {
            ForecastModel model = new(design, network, bounds, levels);
            return (model, AtEnd(model, series));
        });
    }

    // Along the history anew: training looked ahead over gaps, and may have added noise.
    private static ForecasterState AtEnd(ForecastModel model, Matrix series)
    {
        int start = Math.Max(0, series.Rows - MostRowsBehind - model.Design.Memory), columns = model.Design.Roles.Predicted.Length;
        using ForecastWalker walker = new(model, new ForecasterState(null, new Matrix(0, columns), new Matrix(0, columns), start));
        for (int t = start; t < series.Rows; t++) walker.Observe(series.Row(t));
        return walker.State;
    }

    // From the first row on that has a difference.
    private static Matrix Changes(Matrix filled, Differences differences)
    {
        Matrix changes = new(filled.Rows - differences.Order, filled.Columns);
        History history = new(differences.Order, filled.Columns);
        for (int t = 0; t < filled.Rows; t++)
        {
            for (int i = 0; i < filled.Columns && t >= differences.Order; i++)
                changes[t - differences.Order, i] = filled[t, i] - differences.Naive(history, i);
            history.Push(filled.Row(t));
        }

        return changes;
    }

    // The next difference; of a target that is missing, or whose difference is with one that is, missing too. The other series only help: theirs may lie in a filled gap.
    private static Matrix Next(Matrix z, Matrix changes, Differences differences, int targets)
    {
        Matrix next = changes.Slice(1, changes.Rows - 1), holed = Changes(z, differences);
        for (int i = 0; i < next.Rows; i++)
        {
            for (int column = 0; column < targets; column++) next[i, column] = holed[i + 1, column];
        }

        return next;
    }

    // For each row the targets of all steps ahead, less what is forecast where no difference comes.
    private static Matrix Ahead(Matrix z, Matrix filled, Differences differences, int targets, int steps)
    {
        Matrix ahead = new(filled.Rows - differences.Order - 1, steps * targets);
        ahead.Values.Fill(double.NaN);
        History history = new(differences.Order, filled.Columns);
        double[] row = new double[filled.Columns];
        for (int t = 0; t < filled.Rows - 1; t++)
        {
            history.Push(filled.Row(t));
            if (t < differences.Order) continue;
            History future = history.Copy();
            for (int h = 0; h < steps && t + 1 + h < filled.Rows; h++)
            {
                for (int i = 0; i < row.Length; i++) row[i] = differences.Naive(future, i);
                future.Push(row);
                for (int i = 0; i < targets; i++) ahead[t - differences.Order, (h * targets) + i] = z[t + 1 + h, i] - row[i];
            }
        }

        return ahead;
    }

    // Rows that would be fitted to a jump.
    private static void LeaveOut(IEnumerable<int> jumps, Matrix targets, int steps)
    {
        foreach (int jump in jumps)
        {
            for (int row = Math.Max(0, jump - steps); row < Math.Min(jump, targets.Rows); row++) targets.Row(row).Fill(double.NaN);
        }
    }

    // No more units than half of the rows: what more could say of them is noise.
    private static EchoStateNetworkOptions Sized(EchoStateNetworkOptions options, int rows) =>
        options.Trunk is not null ? options : options with { Reservoir = options.Reservoir with { Units = Math.Clamp(rows / 2, Math.Min(20, options.Reservoir.Units), options.Reservoir.Units) } };
}
