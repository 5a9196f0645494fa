namespace Graft.Vision.Checking;

/// <summary>
/// The coarse look of a thumbnail, or of a part of it, as a vector of length 1 whose products with others are correlations: the lowest frequencies of its cosine transform but for the mean. Brightness,
/// contrast, size and compression hardly change it, a mirror image changes the sign of every second column.
/// </summary>
/// <remarks>An image cropped by up to a tenth at each side looks like one of <see cref="Crops"/> parts of the original, as coarsely as it is looked at here.</remarks>
internal static class CropDescriptor
{
    // Frequencies u and v, horizontal and vertical, with u + v at most this, but for the mean.
    private const int Highest = 6;

    private const int Side = ImageLook.Side;

    private static readonly (double First, double Last)[] Intervals = [(0, 1), (0.05, 0.95), (0.1, 0.9), (0, 0.9), (0.1, 1)];

    // For each interval and frequency what each pixel counts: the cosine's integral over the pixel's part of the interval.
    private static readonly float[][][] Bases = [.. Intervals.Select(interval => Enumerable.Range(0, Highest + 1).Select(frequency => Basis(interval.First, interval.Last, frequency)).ToArray())];

    /// <summary>The number of a vector's elements.</summary>
    public static int Length { get; } = ((Highest + 1) * (Highest + 2) / 2) - 1;

    /// <summary>The number of parts of an image that are looked at, the whole, the first, among them.</summary>
    public static int Crops => Intervals.Length * Intervals.Length;

    /// <summary>What part of the image a crop is.</summary>
    public static Placement Part(int crop)
    {
        (double left, double right) = Intervals[crop % Intervals.Length];
        (double top, double bottom) = Intervals[crop / Intervals.Length];
        return new Placement(left, right - left, top, bottom - top);
    }

    /// <summary>The vectors of all crops: <c>[crops, length]</c>; 0 for a crop that shows nothing.</summary>
    public static float[] All(byte[] thumbnail)
    {
        float[] result = new float[Crops * Length];
        float[] rows = new float[Side * (Highest + 1)];
        for (int h = 0; h < Intervals.Length; h++)
        {
            for (int y = 0; y < Side; y++)
            {
                for (int u = 0; u <= Highest; u++) rows[(u * Side) + y] = Sum(Bases[h][u], thumbnail.AsSpan(y * Side, Side));
            }

            for (int v = 0; v < Intervals.Length; v++) Columns(rows, Bases[v], result.AsSpan(((v * Intervals.Length) + h) * Length, Length));
        }

        return result;
    }

    /// <summary>Turns the vector of an image into that of its mirror image.</summary>
    public static void Mirror(Span<float> vector)
    {
        int at = 0;
        for (int u = 0; u <= Highest; u++)
        {
            for (int v = 0; v <= Highest - u; v++)
            {
                if (u + v == 0) continue;
                if (u % 2 == 1) vector[at] = -vector[at];
                at++;
            }
        }
    }

    private static void Columns(float[] rows, float[][] basis, Span<float> vector)
    {
        int at = 0;
        double squares = 0;
        for (int u = 0; u <= Highest; u++)
        {
            for (int v = 0; v <= Highest - u; v++)
            {
                if (u + v == 0) continue;
                float value = 0;
                for (int y = 0; y < Side; y++) value += basis[v][y] * rows[(u * Side) + y];
                vector[at++] = value;
                squares += value * value;
            }
        }

        // In steps of 255: less is no form but noise.
        float scale = squares < 0.25 ? 0 : (float)(1 / Math.Sqrt(squares));
        foreach (ref float value in vector) value *= scale;
    }

    private static float Sum(float[] weights, ReadOnlySpan<byte> values)
    {
        float sum = 0;
        for (int i = 0; i < weights.Length; i++) sum += weights[i] * values[i];
        return sum;
    }

    private static float[] Basis(double first, double last, int frequency)
    {
        double length = last - first, norm = frequency == 0 ? 1 : Math.Sqrt(2);
        float[] basis = new float[Side];
        for (int i = 0; i < Side; i++)
        {
            double from = (Math.Clamp((double)i / Side, first, last) - first) / length, to = (Math.Clamp((i + 1.0) / Side, first, last) - first) / length;
            basis[i] = (float)(norm * (frequency == 0 ? to - from : (Math.Sin(Math.PI * frequency * to) - Math.Sin(Math.PI * frequency * from)) / (Math.PI * frequency)));
        }

        return basis;
    }
}

/// <summary>Where an image lies in another: a place x of the one is the place <c>Left + Width x</c> of the other, both measured in sides of their images.</summary>
internal readonly record struct Placement(double Left, double Width, double Top, double Height);
