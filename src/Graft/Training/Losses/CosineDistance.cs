namespace Graft.Training.Losses;

/// <summary>The mean over the rows of 1 - cos(x, y), for outputs whose direction is what matters, such as a teacher's features.</summary>
/// <remarks>
/// cos(x, y) = x . y / (max(|x|, e) max(|y|, e)) with e = 1e-8 as in PyTorch. The gradient of a row is (cos x / |x|^2 - y / (|x| |y|)) / count, and
/// - y / (e |y|) / count for an x shorter than e.
/// </remarks>
public sealed record CosineDistance : Loss
{
    private const double Epsilon = 1e-8;

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<float> outputs, Targets targets, int count, Span<float> gradient, double scale)
    {
        ReadOnlySpan<float> values = Numbers(targets);
        int width = outputs.Length / count;
        double loss = 0;
        for (int start = 0; start < outputs.Length; start += width)
        {
            double product = 0, xx = 0, yy = 0;
            for (int i = start; i < start + width; i++)
            {
                product += (double)outputs[i] * values[i];
                xx += (double)outputs[i] * outputs[i];
                yy += (double)values[i] * values[i];
            }

            double lengths = Math.Max(Math.Sqrt(xx), Epsilon) * Math.Max(Math.Sqrt(yy), Epsilon);
            double cosine = product / lengths, along = xx > Epsilon * Epsilon ? cosine / xx : 0;
            loss += 1 - cosine;
            for (int i = start; i < start + width; i++) gradient[i] = (float)(((along * outputs[i]) - (values[i] / lengths)) * scale / count);
        }

        return loss / count;
    }
}
