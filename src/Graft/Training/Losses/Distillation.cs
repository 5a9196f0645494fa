namespace Graft.Training.Losses;

/// <summary>How far the softened probabilities of a student are from those of its teacher (Hinton et al. 2015, arXiv:1503.02531, section 2).</summary>
/// <remarks>
/// With q = softmax(y / T) of the teacher's outputs and p = softmax(x / T) of the student's: the mean over the rows of T^2 (sum over c of q log(q / p)). The
/// factor T^2 keeps the gradient, T (p - q) / count, of the same size at any temperature.
/// </remarks>
public sealed record Distillation : Loss
{
    /// <summary>Divides the outputs of both; the higher, the more the unlikely classes count.</summary>
    public double Temperature
    {
        get;
        init => field = value > 0 && double.IsFinite(value)
            ? value
            : throw new GraftException($"A temperature is a finite number above zero, not {value}. 2 to 5 are usual.");
    } = 4;

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<float> outputs, Targets targets, int count, Span<float> gradient, double scale)
    {
        ReadOnlySpan<float> values = Numbers(targets);
        int classes = outputs.Length / count;
        double[] p = new double[classes], student = new double[classes], q = new double[classes], teacher = new double[classes];
        double loss = 0;
        for (int start = 0; start < outputs.Length; start += classes)
        {
            LogSoftmax.Of(outputs.Slice(start, classes), Temperature, p, student);
            LogSoftmax.Of(values.Slice(start, classes), Temperature, q, teacher);
            for (int c = 0; c < classes; c++)
            {
                if (q[c] != 0) loss += q[c] * (teacher[c] - student[c]);
                gradient[start + c] = (float)((p[c] - q[c]) * Temperature * scale / count);
            }
        }

        return loss * Temperature * Temperature / count;
    }
}
