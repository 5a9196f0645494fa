using System.Collections.Immutable;

namespace Graft.Training.Losses;

/// <summary>The cross-entropy of each output's sigmoid with a target in [0, 1], for images that show several things or none.</summary>
/// <remarks>
/// With s the sigmoid: the mean over all rows and outputs of - (w[c] y log s(x) + (1 - y) log(1 - s(x))) =
/// (1 - y) x + (1 + (w[c] - 1) y) log(1 + exp(-x)), w being <see cref="PositiveWeights"/>; as PyTorch's BCEWithLogitsLoss.
/// </remarks>
public sealed record BinaryCrossEntropy : Loss
{
    /// <summary>How much the presence of each thing counts against its absence, often absences / presences; empty: the same.</summary>
    public ImmutableArray<float> PositiveWeights { get; init => field = Weights(value, "Positive weights"); } = [];

    /// <summary>The part of each target that becomes one half: with it y is (1 - s) y + s / 2.</summary>
    public double LabelSmoothing
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(LabelSmoothing), value, "Label smoothing must be at least 0 and below 1.");
    }

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<float> outputs, Targets targets, int count, Span<float> gradient, double scale)
    {
        int width = outputs.Length / count;
        RequireOneEach(PositiveWeights, width, "positive weights");
        ReadOnlySpan<float> values = Numbers(targets);
        double loss = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            double x = outputs[i], y = ((1 - LabelSmoothing) * values[i]) + (LabelSmoothing / 2), factor = PositiveWeights.IsEmpty ? 1 : 1 + (((double)PositiveWeights[i % width] - 1) * y);

            // log(1 + exp(-x)) and 1 / (1 + exp(x)) without overflow on either side.
            double small = Math.Exp(-Math.Abs(x));
            double softplus = Log1Plus(small) + Math.Max(-x, 0);
            double complement = x >= 0 ? small / (1 + small) : 1 / (1 + small);
            loss += ((1 - y) * x) + (factor * softplus);
            gradient[i] = (float)((1 - y - (factor * complement)) * scale / outputs.Length);
        }

        return loss / outputs.Length;
    }

    // Kahan's: the rounding of 1 + x cancels.
    private static double Log1Plus(double x)
    {
        double sum = 1 + x;
        return sum == 1 ? x : Math.Log(sum) * x / (sum - 1);
    }
}
