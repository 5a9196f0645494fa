namespace Graft.Vision.Augmentation;

/// <summary>One way to look at an image that is classified; the probabilities of several views are averaged (test-time augmentation).</summary>
/// <remarks>Source: Krizhevsky, Sutskever, Hinton, "ImageNet classification with deep convolutional neural networks", 2012, section 4.1.</remarks>
internal sealed record TestTimeView
{
    /// <summary>The preprocessing as it is.</summary>
    public static TestTimeView Plain { get; } = new();

    /// <summary>The preprocessing as it is, and its mirror image.</summary>
    public static IReadOnlyList<TestTimeView> Flip { get; } = [Plain, Plain with { Mirrored = true }];

    /// <summary>The middle and the four corners of an image a seventh larger, each with its mirror image.</summary>
    public static IReadOnlyList<TestTimeView> TenCrop { get; } = [.. Corners(mirrored: false), .. Corners(mirrored: true)];

    /// <summary>By what the resized image is larger than the preprocessing makes it, in [0.1, 10]: 1. It never becomes smaller than the resolution.</summary>
    public double Zoom { get; init => field = value is >= 0.1 and <= 10 ? value : throw new ArgumentOutOfRangeException(nameof(Zoom), value, "The zoom must be between 0.1 and 10."); } = 1;

    /// <summary>The place of the square from left to right: 0, the middle; -1 and 1 are the ends.</summary>
    public double X { get; init => field = Place(value, nameof(X)); }

    /// <summary>The place of the square from top to bottom: 0, the middle; -1 and 1 are the ends.</summary>
    public double Y { get; init => field = Place(value, nameof(Y)); }

    /// <summary>Whether the square is mirrored left to right.</summary>
    public bool Mirrored { get; init; }

    /// <summary>Averages the probabilities of views.</summary>
    /// <param name="probabilities">Those of each view, all of one length.</param>
    /// <returns>The mean over the views.</returns>
    /// <exception cref="ArgumentException">There are none, or they differ in length.</exception>
    public static float[] Average(IReadOnlyList<float[]> probabilities)
    {
        ArgumentNullException.ThrowIfNull(probabilities);
        if (probabilities.Count == 0) throw new ArgumentException("The mean of no view is not defined; give the probabilities of one at least.", nameof(probabilities));
        float[] mean = new float[probabilities[0].Length];
        foreach (float[] view in probabilities)
        {
            if (view.Length != mean.Length)
                throw new ArgumentException($"Each view must have as many probabilities as the first, {mean.Length}, not {view.Length}.", nameof(probabilities));
            for (int i = 0; i < mean.Length; i++) mean[i] += view[i];
        }

        foreach (ref float value in mean.AsSpan()) value /= probabilities.Count;
        return mean;
    }

    private static IEnumerable<TestTimeView> Corners(bool mirrored)
    {
        foreach ((int x, int y) in ((int, int)[])[(0, 0), (-1, -1), (1, -1), (-1, 1), (1, 1)])
            yield return new TestTimeView { Zoom = 8 / 7.0, X = x, Y = y, Mirrored = mirrored };
    }

    private static double Place(double value, string name) =>
        value is >= -1 and <= 1 ? value : throw new ArgumentOutOfRangeException(name, value, $"The place {name} must be between -1 and 1, the ends.");
}
