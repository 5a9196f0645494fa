namespace Graft.Vision.Resampling;

/// <summary>
/// The fixed-point weights of one axis of a resize: output i is the sum over t of <c>Weights[i * Taps + t] * input[First[i] + t]</c>,
/// plus one half, shifted right by <see cref="Precision"/> and clipped to a byte.
/// </summary>
/// <remarks>
/// The same double-precision operations in the same order as PIL's <c>precompute_coeffs</c> and <c>normalize_coeffs_8bpc</c> (Pillow 9.4,
/// src/libImaging/Resample.c), so that the weights are equal to the bit. The filter is stretched by the scale when an image shrinks
/// (antialiasing) and cut off and renormalized at the borders.
/// </remarks>
internal sealed class ResampleWeights
{
    /// <summary>Fraction bits of a weight: 32 less 8 for the value and 2 for the sign and the overshoot of the cubic filter.</summary>
    public const int Precision = 32 - 8 - 2;

    /// <summary>The number of outputs.</summary>
    public int Count => First.Length;

    /// <summary>The first input of each output.</summary>
    public int[] First { get; }

    /// <summary>How many inputs each output has; weights after them are 0.</summary>
    public int[] Used { get; }

    /// <summary>The distance between the weights of one output and of the next; even.</summary>
    public int Taps { get; }

    /// <summary>The weights, <c>[Count, Taps]</c>.</summary>
    public int[] Weights { get; }

    /// <summary>Each weight four times over, <c>[Count, Taps, 4]</c>: once for each lane of a pixel. Made when first asked for.</summary>
    public int[] Spread => field ??= MakeSpread();

    // Images of one data set often have one size, and their weights take as long as half a pass.
    [ThreadStatic]
    private static (Key Key, ResampleWeights Weights) lastColumns, lastRows;

    private readonly record struct Key(int Input, int Output, int Start, int Count, Interpolation Interpolation);

    /// <summary>The weights of the horizontal pass, kept until this thread asks for others.</summary>
    public static ResampleWeights ForColumns(int input, int output, int start, int count, Interpolation interpolation) =>
        Kept(ref lastColumns, new Key(input, output, start, count, interpolation));

    /// <summary>The weights of the vertical pass, kept until this thread asks for others.</summary>
    public static ResampleWeights ForRows(int input, int output, int start, int count, Interpolation interpolation) =>
        Kept(ref lastRows, new Key(input, output, start, count, interpolation));

    private static ResampleWeights Kept(ref (Key Key, ResampleWeights Weights) last, Key key)
    {
        if (last.Weights is null || last.Key != key) last = (key, new ResampleWeights(key.Input, key.Output, key.Start, key.Count, key.Interpolation));
        return last.Weights;
    }

    /// <summary>The weights for outputs <paramref name="start"/> to <paramref name="start"/> + <paramref name="count"/> of a resize from <paramref name="input"/> to <paramref name="output"/> values.</summary>
    public ResampleWeights(int input, int output, int start, int count, Interpolation interpolation)
    {
        double scale = (double)input / output, filterScale = Math.Max(scale, 1), inverse = 1 / filterScale;
        double support = (interpolation == Interpolation.Bicubic ? 2 : 1) * filterScale;
        Taps = (int)Math.Min((Math.Ceiling(support) * 2) + 1, input);
        Taps += Taps & 1;
        (First, Used, Weights) = (new int[count], new int[count], new int[checked(count * Taps)]);

        Span<double> exact = Taps <= 512 ? stackalloc double[Taps] : new double[Taps];
        for (int i = 0; i < count; i++)
        {
            double center = (start + i + 0.5) * scale;
            int first = Math.Max((int)(center - support + 0.5), 0);
            int used = Math.Min((int)(center + support + 0.5), input) - first;
            double sum = 0;
            for (int t = 0; t < used; t++)
            {
                double distance = Math.Abs((t + first - center + 0.5) * inverse);
                sum += exact[t] = interpolation == Interpolation.Bicubic ? Bicubic(distance) : Bilinear(distance);
            }

            (First[i], Used[i]) = (first, used);
            Span<int> weights = Weights.AsSpan(i * Taps, used);
            for (int t = 0; t < used; t++)
            {
                double weight = sum != 0 ? exact[t] / sum : exact[t];
                weights[t] = (int)((weight < 0 ? -0.5 : 0.5) + (weight * (1 << Precision)));
            }
        }
    }

    private int[] MakeSpread()
    {
        int[] spread = GC.AllocateUninitializedArray<int>(checked(Weights.Length * 4));
        for (int i = 0; i < Weights.Length; i++) spread.AsSpan(i * 4, 4).Fill(Weights[i]);
        return spread;
    }

    private static double Bilinear(double x) => x < 1 ? 1 - x : 0;

    // Keys, "Cubic convolution interpolation for digital image processing", 1981, equation 4 with a = -1/2.
    private static double Bicubic(double x)
    {
        const double A = -0.5;
        if (x < 1) return ((((A + 2) * x) - (A + 3)) * x * x) + 1;
        return x < 2 ? (((((x - 5) * x) + 8) * x) - 4) * A : 0;
    }
}
