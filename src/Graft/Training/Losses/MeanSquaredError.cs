namespace Graft.Training.Losses;

/// <summary>The mean over all rows and outputs of (x - y)^2.</summary>
public sealed record MeanSquaredError : Loss
{
    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<float> outputs, Targets targets, int count, Span<float> gradient, double scale)
    {
        ReadOnlySpan<float> values = Numbers(targets);
        double loss = 0;
        for (int i = 0; i < outputs.Length; i++)
        {
            double difference = (double)outputs[i] - values[i];
            loss += difference * difference;
            gradient[i] = (float)(2 * difference * scale / outputs.Length);
        }

        return loss / outputs.Length;
    }
}
