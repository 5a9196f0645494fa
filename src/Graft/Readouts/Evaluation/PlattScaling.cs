namespace Graft.Readouts;

/// <summary>
/// Makes a logit of one label's score: logit = <see cref="Slope"/> score + <see cref="Offset"/>, by the likelihood of held-out scores (Platt, "Probabilistic outputs for support vector machines", 1999).
/// </summary>
/// <param name="Slope">What a score is multiplied by.</param>
/// <param name="Offset">What is added then.</param>
/// <remarks>
/// Targets are (positives + 1) / (positives + 2) and 1 / (negatives + 2), as there, so that labels which a score tells apart have a finite optimum. Newton's method on standardized scores with halved steps; the
/// objective is convex (Lin, Lin and Weng, Machine Learning 68, 2007). A slope below 0 would call images that look less like the label the likelier ones: then the score says nothing, and the slope is 0.
/// </remarks>
internal sealed record PlattScaling(double Slope, double Offset)
{
    private const int MostSteps = 100;

    /// <summary>Fits the scaling of one label.</summary>
    /// <param name="scores">A score for each image.</param>
    /// <param name="isThere">Whether each image has the label.</param>
    /// <exception cref="ArgumentException">There are no scores, or not as many as images.</exception>
    public static PlattScaling Fit(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isThere)
    {
        if (scores.IsEmpty || scores.Length != isThere.Length) throw new ArgumentException($"There is a score for each image and one at least; there are {scores.Length} scores and {isThere.Length} images.", nameof(scores));
        int positives = isThere.Count(true);
        double high = (positives + 1.0) / (positives + 2.0), low = 1.0 / (scores.Length - positives + 2.0), prior = Math.Log((positives + 1.0) / (scores.Length - positives + 1.0));
        double mean = 0, squares = 0;
        foreach (float score in scores) mean += score / (double)scores.Length;
        foreach (float score in scores) squares += (score - mean) * (score - mean);
        double spread = Math.Sqrt(squares / scores.Length);
        if (!(spread > 0)) return new PlattScaling(0, prior);

        (double a, double b) = (0, prior);
        double value = Value(scores, isThere, a, b, mean, spread, high, low);
        for (int step = 0; step < MostSteps; step++)
        {
            double ga = 0, gb = 0, haa = 1e-12, hab = 0, hbb = 1e-12;
            for (int i = 0; i < scores.Length; i++)
            {
                double x = (scores[i] - mean) / spread, p = 1 / (1 + Math.Exp(-((a * x) + b))), d = p - (isThere[i] ? high : low), w = p * (1 - p);
                (ga, gb, haa, hab, hbb) = (ga + (d * x), gb + d, haa + (w * x * x), hab + (w * x), hbb + w);
            }

            double determinant = (haa * hbb) - (hab * hab), da = -((hbb * ga) - (hab * gb)) / determinant, db = -((haa * gb) - (hab * ga)) / determinant, length = 1;
            if (Math.Abs(ga) + Math.Abs(gb) < 1e-9 * scores.Length) break;
            double next;
            while ((next = Value(scores, isThere, a + (length * da), b + (length * db), mean, spread, high, low)) > value + (1e-4 * length * ((ga * da) + (gb * db))) && length > 1e-10) length /= 2;
            if (length <= 1e-10) break;
            (a, b, value) = (a + (length * da), b + (length * db), next);
        }

        return a > 0 ? new PlattScaling(a / spread, b - (a * mean / spread)) : new PlattScaling(0, prior);
    }

    private static double Value(ReadOnlySpan<float> scores, ReadOnlySpan<bool> isThere, double a, double b, double mean, double spread, double high, double low)
    {
        double value = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            double logit = (a * (scores[i] - mean) / spread) + b, target = isThere[i] ? high : low;

            // -t log s(z) - (1 - t) log s(-z) = log(1 + exp(-|z|)) + max(z, 0) - t z
            value += Math.Log(1 + Math.Exp(-Math.Abs(logit))) + Math.Max(logit, 0) - (target * logit);
        }

        return value;
    }
}
