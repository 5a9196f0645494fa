using Graft.Networks;
using Graft.Training;
using Graft.Training.Schedules;
using Graft.Vision.Loading;

namespace Graft.Vision.FineTuning;

/// <summary>A learning rate and the loss that it led to.</summary>
/// <param name="Rate">The learning rate.</param>
/// <param name="Loss">The loss, smoothed.</param>
internal readonly record struct RatePoint(double Rate, double Loss);

/// <summary>The learning rate was found.</summary>
/// <param name="Test">The range test.</param>
internal sealed record RateFound(RateRangeTest Test) : TrainingProgress;

/// <summary>Which learning rate a network can take: the rate of a copy grows with every step until the loss explodes.</summary>
/// <remarks>
/// Smith 2017, "Cyclical learning rates for training neural networks", arXiv:1506.01186, section 3.3, but that a second copy, which never learns, sees the same images under the same dropout: a head that
/// begins as a good readout leaves a descent that the chance of the batches would hide, and their difference has none of it. The difference is smoothed by an exponential average. The rate of its steepest
/// descent is taken, but at most a tenth of that of the lowest loss.
/// </remarks>
/// <param name="Points">What was measured, in order: the mean loss of the copy that never learns, and the difference from it.</param>
/// <param name="Chosen">The rate.</param>
internal sealed record RateRangeTest(IReadOnlyList<RatePoint> Points, double Chosen)
{
    private const double First = 1e-6, Last = 1, Smoothing = 0.9, Exploded = 3, Safety = 10;
    private const int MostSteps = 100;

    internal static RateRangeTest Run(
        Network network, FineTunePhase[] phases, FineTuneSettings settings, TrainingLoader loader, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        using Learner moved = settings.Compile(network, phases, loader.LargestBatch), still = settings.Compile(network, phases[..1], loader.LargestBatch);
        (moved.Plan.Cancellation, still.Plan.Cancellation) = (cancellation, cancellation);
        ExponentialSweep sweep = new(First, Last, MostSteps);
        List<RatePoint> differences = [];
        double average = 0, lowest = double.PositiveInfinity, before = 0;
        int epochs = (MostSteps + loader.BatchesPerEpoch - 1) / loader.BatchesPerEpoch;
        foreach (TrainingBatch batch in loader.Load(0, epochs, cancellation: cancellation).Take(MostSteps))
        {
            int step = differences.Count;
            double rate = sweep.Rate(step), unmoved = settings.LossOf(still.Plan, batch, step), loss = settings.LossOf(moved.Plan, batch, step);
            if (!double.IsFinite(loss) || !double.IsFinite(moved.Step(rate) ?? 0)) break;
            before += unmoved;
            average = (Smoothing * average) + ((1 - Smoothing) * (loss - unmoved));
            double smoothed = average / (1 - Math.Pow(Smoothing, step + 1));
            differences.Add(new RatePoint(rate, smoothed));
            progress?.Report(new PartProgress("Looking for a learning rate", new Completion(step + 1, MostSteps)));
            lowest = Math.Min(lowest, smoothed);
            double mean = before / differences.Count;
            if (mean + smoothed > Exploded * (mean + lowest)) break;
        }

        double level = differences.Count == 0 ? 0 : before / differences.Count;
        RatePoint[] points = [.. differences.Select(point => point with { Loss = level + point.Loss })];
        return new RateRangeTest(points, Choose(points, settings.DefaultRate));
    }

    /// <summary>The rate that points speak for.</summary>
    internal static double Choose(IReadOnlyList<RatePoint> points, double otherwise)
    {
        if (points.Count < 3) return otherwise;
        int lowest = 0, steepest = -1;
        for (int i = 1; i < points.Count; i++)
        {
            if (points[i].Loss < points[lowest].Loss) lowest = i;
        }

        double slope = 0;
        for (int i = 1; i < lowest; i++)
        {
            double here = points[i + 1].Loss - points[i - 1].Loss;
            if (here < slope) (slope, steepest) = (here, i);
        }

        return lowest == 0 ? otherwise : Math.Min(points[lowest].Rate / Safety, steepest < 0 ? double.PositiveInfinity : points[steepest].Rate);
    }
}
