namespace Graft.Training.Losses;

/// <summary>
/// The mean over all rows and outputs of h(x - y), with h(d) = d^2 / 2 where |d| is at most <see cref="Delta"/> and Delta (|d| - Delta / 2) beyond: squared errors for most, absolute ones for those far off
/// (Huber, Annals of Mathematical Statistics 35, 1964); as PyTorch's HuberLoss.
/// </summary>
public sealed record HuberLoss : Loss
{
    /// <summary>The error from which on the loss grows straight: 1.</summary>
    public float Delta { get; init => field = value > 0 && float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Delta), value, "Delta must be positive and finite."); } = 1;

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<float> outputs, Targets targets, int count, Span<float> gradient, double scale)
    {
        ReadOnlySpan<float> values = Numbers(targets);
        double loss = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            double difference = (double)outputs[i] - values[i], cut = Math.Clamp(difference, -Delta, Delta);
            loss += cut * (difference - (cut / 2));
            gradient[i] = (float)(cut * scale / outputs.Length);
        }

        return loss / outputs.Length;
    }
}
