namespace Graft.Readouts;

/// <summary>Makes classes count as they should in a readout that was fitted to samples as they came: many of one class, few of another.</summary>
/// <remarks>
/// <para>By Bayes' rule p(class | x) of other class frequencies is proportional to p(class | x) times the classes' new frequency over their old one, which in logits is a number added to each class's bias
/// (Elkan 2001, "The foundations of cost-sensitive learning"; Saerens, Latinne and Decaestecker 2002; Menon et al. 2021, arXiv:2007.07314, "post-hoc logit adjustment"). It works however many features
/// there are. Weighing the samples of a regression does not: with more features than samples a fit passes through every sample, whatever its weight (Byrd and Lipton 2019, arXiv:1812.03372).</para>
/// <para>Scores are not logits. softmax(scores / T + k log f), f being the frequencies of the classes, is fitted to scores of samples that the readout did not learn from, by likelihood, which is concave in
/// 1 / T and k: T makes logits of them, and k says how much of the frequencies they lack. Scores that say nothing get k = 1 and lose nothing but their frequencies. Where all frequencies are the same
/// nothing changes, to the bit.</para>
/// </remarks>
/// <param name="Temperature">T: what scores are divided by to be logits.</param>
/// <param name="Lacking">k: the part of the logarithms of the frequencies that the scores lack.</param>
internal sealed record PriorCorrection(double Temperature, double Lacking)
{
    private const int MostSteps = 100, MostHalvings = 40;
    private const double Precision = 1e-9;

    /// <summary>What scores that are logits need: those of a logistic readout, whose intercept has learned the frequencies.</summary>
    public static PriorCorrection OfLogits { get; } = new(1, 0);

    /// <summary>Fits a correction.</summary>
    /// <param name="scores">Scores of samples that the readout did not learn from, such as those of leaving one out: [rows, classes], row-major.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="labels">The true class of each row.</param>
    /// <exception cref="GraftException">Sizes do not fit, a score is not finite, or a label is out of range.</exception>
    public static PriorCorrection Fit(ReadOnlySpan<float> scores, int classes, ReadOnlySpan<int> labels)
    {
        Probabilities.CheckLabels(scores, classes, labels);
        double[] frequencies = LogFrequencies(Count(labels, classes));
        double spread = Spread(scores, classes);
        if (spread == 0) return new PriorCorrection(1, 1);
        bool isEven = frequencies.Max() - frequencies.Min() < Precision;
        double inverse = 1, lacking = 0;
        Curvature at = Measure(scores, spread, frequencies, labels, inverse, lacking);
        for (int step = 0; step < MostSteps; step++)
        {
            (double first, double second) = at.NewtonStep(isEven);
            double length = 1;
            Curvature next = Measure(scores, spread, frequencies, labels, inverse + first, lacking + second);
            for (int i = 0; i < MostHalvings && !(next.Loss < at.Loss); i++)
            {
                length /= 2;
                next = Measure(scores, spread, frequencies, labels, inverse + (length * first), lacking + (length * second));
            }

            if (!(next.Loss < at.Loss)) break;
            (inverse, lacking, at) = (inverse + (length * first), lacking + (length * second), next);
            if (Math.Abs(length * first) + Math.Abs(length * second) < Precision) break;
        }

        // Scores that are worse than none must not be turned around.
        return inverse > Precision ? new PriorCorrection(spread / inverse, lacking) : new PriorCorrection(spread / Precision, 1);
    }

    /// <summary>A readout whose classes have the weights asked for: for balanced ones, as if each had been met as often.</summary>
    /// <param name="readout">The readout, fitted to samples as they came.</param>
    /// <param name="counts">How many samples of each class it was fitted to.</param>
    /// <param name="weights">How much a sample of each class counts.</param>
    /// <exception cref="GraftException">There are not as many weights as classes.</exception>
    public LinearReadout Apply(LinearReadout readout, IReadOnlyList<int> counts, ClassWeights weights)
    {
        ArgumentNullException.ThrowIfNull(readout);
        ArgumentNullException.ThrowIfNull(counts);
        ArgumentNullException.ThrowIfNull(weights);
        double[] wanted = weights.ForClasses(counts), frequencies = LogFrequencies(counts);
        float[] bias = [.. readout.Bias];
        for (int c = 0; c < bias.Length; c++)
        {
            // A class that was never met stays where it never wins.
            if (counts[c] > 0) bias[c] += (float)(Temperature * ((Lacking * frequencies[c]) + Math.Log(wanted[c])));
        }

        return readout with { Bias = bias };
    }

    private static int[] Count(ReadOnlySpan<int> labels, int classes)
    {
        int[] counts = new int[classes];
        foreach (int label in labels) counts[label]++;
        return counts;
    }

    /// <summary>The logarithm of each class's frequency over that of the mean class; 0 for a class that has no samples.</summary>
    private static double[] LogFrequencies(IReadOnlyList<int> counts)
    {
        double mean = counts.Where(count => count > 0).Average();
        return [.. counts.Select(count => count == 0 ? 0 : Math.Log(count / mean))];
    }

    private static double Spread(ReadOnlySpan<float> scores, int classes)
    {
        double squares = 0;
        for (int start = 0; start < scores.Length; start += classes)
        {
            double mean = 0;
            foreach (float score in scores.Slice(start, classes)) mean += score / (double)classes;
            foreach (float score in scores.Slice(start, classes)) squares += (score - mean) * (score - mean);
        }

        return Math.Sqrt(squares / scores.Length);
    }

    /// <summary>The negative log-likelihood of the labels under softmax(inverse scores / spread + lacking frequencies), with its gradient and curvature.</summary>
    private static Curvature Measure(ReadOnlySpan<float> scores, double spread, double[] frequencies, ReadOnlySpan<int> labels, double inverse, double lacking)
    {
        int classes = frequencies.Length;

        // Softened as in Platt 1999, so that samples that are all told apart have a finite temperature.
        double softening = 1.0 / (labels.Length + 2);
        double[] p = new double[classes];
        Curvature sum = default;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> row = scores.Slice(i * classes, classes);
            double largest = double.NegativeInfinity, whole = 0;
            for (int c = 0; c < classes; c++) largest = Math.Max(largest, p[c] = (inverse * row[c] / spread) + (lacking * frequencies[c]));
            double expected = 0;
            for (int c = 0; c < classes; c++)
            {
                double target = (softening / classes) + (c == labels[i] ? 1 - softening : 0);
                expected += target * (p[c] - largest);
                sum.First -= target * row[c] / spread;
                sum.Second -= target * frequencies[c];
                whole += p[c] = Math.Exp(p[c] - largest);
            }

            double x = 0, f = 0, xx = 0, ff = 0, xf = 0;
            for (int c = 0; c < classes; c++)
            {
                double share = p[c] / whole, score = row[c] / spread;
                x += share * score;
                f += share * frequencies[c];
                xx += share * score * score;
                ff += share * frequencies[c] * frequencies[c];
                xf += share * score * frequencies[c];
            }

            sum.Loss += Math.Log(whole) - expected;
            sum.First += x;
            sum.Second += f;
            sum.FirstFirst += xx - (x * x);
            sum.SecondSecond += ff - (f * f);
            sum.FirstSecond += xf - (x * f);
        }

        return sum;
    }

    private struct Curvature
    {
        public double Loss, First, Second, FirstFirst, FirstSecond, SecondSecond;

        public readonly (double First, double Second) NewtonStep(bool isEven)
        {
            double a = FirstFirst + Precision, b = FirstSecond, c = SecondSecond + Precision, determinant = (a * c) - (b * b);
            return isEven || determinant <= 0 ? (-First / a, 0) : (-((c * First) - (b * Second)) / determinant, -((a * Second) - (b * First)) / determinant);
        }
    }
}
