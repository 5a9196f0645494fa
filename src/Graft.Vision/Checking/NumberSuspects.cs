using Graft.Readouts;

namespace Graft.Vision.Checking;

/// <summary>
/// Images with a number far from what others let expect. The odds are how many times as likely the expected number is as the given one, exp(z^2 / 2), for an error of z deviations; a deviation is one that outliers do not
/// move, 1.4826 of the median of the absolute errors.
/// </summary>
internal sealed class NumberSuspects : LabelSuspects
{
    private const double Deviation = 1.4826;
    private const int Least = 10;

    private int outputs;
    private float[] expected = [];
    private double[] deviations = [];

    protected override string? NotJudged(CheckedImage[] learned)
    {
        outputs = learned.Length == 0 ? 0 : learned[0].Targets.Length;
        return learned.Length < Least
            ? $"Numbers are judged by those of other images: that takes {Least} different ones, and no number was judged."
            : Array.TrueForAll(learned, image => image.Targets.AsSpan().SequenceEqual(learned[0].Targets.AsSpan()))
                ? "All images have the same numbers, and none was judged."
                : null;
    }

    protected override ReadoutData Data(ReadOnlyMemory<float> features, int length, CheckedImage[] learned) => Targets(features, length, learned, outputs);

    protected override void Calibrate(float[] scores, CheckedImage[] learned)
    {
        expected = scores;
        deviations = [.. Enumerable.Range(0, outputs).Select(k => Deviation * Median([.. learned.Select((image, i) => Math.Abs((double)image.Targets[k] - scores[(i * outputs) + k]))]))];
    }

    protected override Dispute? Judge(CheckedImage image, CheckedImage learned, int row)
    {
        int worst = 0;
        double most = -1;
        for (int k = 0; k < outputs; k++)
        {
            double error = Math.Abs((double)image.Targets[k] - expected[(row * outputs) + k]), z = deviations[k] > 0 ? error / deviations[k] : 0;
            if (z > most) (worst, most) = (k, z);
        }

        return new Dispute(CheckedImages.Number(image.Targets[worst]), $"about {CheckedImages.Number(expected[(row * outputs) + worst])}", Math.Exp(Math.Min(most * most / 2, 700)));
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
