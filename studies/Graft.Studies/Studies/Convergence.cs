using System.Collections.Immutable;
using System.Globalization;
using Graft.Studies.Data;
using Graft.Studies.Output;
using Graft.Studies.Training;

namespace Graft.Studies.Studies;

/// <summary>Batch normalization (Ioffe and Szegedy 2015, arXiv:1502.03167), figures 2 and 3: steps to the same loss, and learning rates that training survives.</summary>
internal sealed class Convergence : IStudy
{
    private const int Side = 32, Window = 20;
    private const string With = "batch norm", Without = "no norm";
    private const string Curve = "loss", Chosen = "loss_chosen", Final = "final_loss", Steps = "steps", Error = "error";

    private sealed record Piece(bool Normalizes, double Rate, ulong Seed)
    {
        public string Series => Normalizes ? With : Without;

        public string CurveSeries => CurveName(Series, Rate);
    }

    /// <inheritdoc/>
    public string Name => "convergence";

    /// <inheritdoc/>
    public string Claim => "With batch norm a network comes to the same loss in a fraction of the steps, and bears higher learning rates (Ioffe and Szegedy 2015, arXiv:1502.03167, section 4.2).";

    /// <inheritdoc/>
    public ImmutableArray<Chart> Charts =>
    [
        new(Chosen, "Training loss", "steps", $"loss, mean of {Window} steps") { HasTable = false, YRange = (0.5, 2) },
        new(Final, "Loss at the end by learning rate", "learning rate", $"loss, mean of the last {2 * Window} steps") { IsXLogarithmic = true, YRange = (0.5, 2) },
        new(Steps, "Steps to the best final loss without norm", "learning rate", "steps") { IsXLogarithmic = true },
        new(Error, "Test error by learning rate", "learning rate", "test error, %") { IsXLogarithmic = true, IsPercent = true },
    ];

    /// <inheritdoc/>
    public IReadOnlyList<Row> Run(StudyContext context)
    {
        StudyData data = context.Load(Side);
        ImmutableArray<double> rates = context.Quick ? [0.01, 1] : [0.01, 0.03, 0.1, 0.3, 1, 3];
        Piece[] pieces = [.. from rate in rates
                             from normalizes in (bool[])[false, true]
                             from seed in Enumerable.Range(0, context.Seeds)
                             select new Piece(normalizes, rate, (ulong)seed)];
        Row[] rows = [.. context.RunAll(pieces, _ => Recipe(1, context).Cost(data.Training.Count), piece => Measure(piece, data, context))];
        return [.. rows.Where(row => row.Measure != Curve), .. StepsToSameLoss(rows), .. ChosenCurves(rows), .. rows.Where(row => row.Measure == Curve)];
    }

    private static IEnumerable<Row> Measure(Piece piece, StudyData data, StudyContext context)
    {
        Trained trained = Trainer.Train(
            PlainNet.Random(data.Training.Side, data.Classes, piece.Seed, piece.Normalizes), data.Training, Recipe(piece.Rate, context), piece.Seed, context);
        for (int end = Window; end <= trained.Losses.Length; end += Window)
            yield return new Row(Curve, piece.CurveSeries, end, piece.Seed, trained.Losses.Skip(end - Window).Take(Window).Average());
        yield return new Row(Final, piece.Series, piece.Rate, piece.Seed, trained.BrokeDown ? double.NaN : trained.Losses.TakeLast(2 * Window).Average());
        yield return new Row(Error, piece.Series, piece.Rate, piece.Seed, trained.BrokeDown ? double.NaN : Judge.Error(Judge.WithPopulationStatistics(trained.Network, data.Training, 32), data.Test));
    }

    /// <summary>The first steps at which each training's loss, the mean of a window, is as low as the best rate without norm ends at on average.</summary>
    private static IEnumerable<Row> StepsToSameLoss(Row[] rows)
    {
        (double rate, double goal) = Best(rows, Without);
        if (double.IsNaN(rate)) yield break;
        foreach (Row final in rows.Where(row => row.Measure == Final))
        {
            Row? first = rows.FirstOrDefault(row => row.Measure == Curve && row.Series == CurveName(final.Series, final.X) && row.Seed == final.Seed && row.Value <= goal);
            if (first is not null) yield return final with { Measure = Steps, Value = first.X };
        }
    }

    /// <summary>The curves worth showing: without norm at its best rate and at the next higher one, with it at the same best rate and at its own.</summary>
    private static IEnumerable<Row> ChosenCurves(Row[] rows)
    {
        double[] rates = [.. rows.Where(row => row.Measure == Final).Select(row => row.X).Distinct().Order()];
        double best = Best(rows, Without).Rate, own = Best(rows, With).Rate;
        if (double.IsNaN(best)) yield break;
        double next = rates[Math.Min(Array.IndexOf(rates, best) + 1, rates.Length - 1)];
        string[] names = [CurveName(Without, best), CurveName(Without, next), CurveName(With, best), CurveName(With, own)];
        foreach (Row row in rows.Where(row => row.Measure == Curve && names.Contains(row.Series))) yield return row with { Measure = Chosen };
    }

    /// <summary>The rate with the lowest mean loss at the end.</summary>
    private static (double Rate, double Loss) Best(Row[] rows, string series) => Spread.Of(rows, Final).Where(s => s.Series == series).SelectMany(s => s.Points).OrderBy(p => p.Mean)
        .Select(p => (p.X, p.Mean)).FirstOrDefault((double.NaN, double.NaN));

    private static string CurveName(string series, double rate) => string.Create(CultureInfo.InvariantCulture, $"{series} at {rate}");

    private static Recipe Recipe(double rate, StudyContext context) =>
        new() { Rate = rate, Decays = false, WarmUpEpochs = 0, WeightDecay = 0, Epochs = context.Quick ? 10 : 4, Batch = context.Quick ? 8 : 32 };
}
