using System.Numerics;

namespace Graft.Operations.Normalization;

/// <summary>
/// What normalizations over pictures know of a batch, for each picture and channel: the moments, the factors of the forward y = <see cref="Scale"/> (x - <see cref="Center"/>) + <see cref="Shift"/>, the sums that the
/// backward needs, and the factors of the backward dx = <see cref="K1"/> dy + <see cref="K2"/> (x - <see cref="Center"/>) + <see cref="K3"/>. All these normalizations have this form; how the factors come from
/// the moments and sums is the <see cref="PictureRule"/>.
/// </summary>
/// <remarks>The pixels of a picture are cut into pieces, each of which has sums of its own; they are added in order, so that results are the same bits on any number of threads.</remarks>
internal readonly unsafe struct PictureTable
{
    // How far the mean may lie from the pivot, squared, in variances, before rounding shows.
    private const double MostOffset = 16;

    private const int PieceRows = 3, DoubleRows = 8, FloatRows = 8;

    private readonly double* doubles, moments;
    private readonly float* floats;
    private readonly int pitch;

    /// <summary>Lays the table over memory.</summary>
    /// <param name="memory">As many numbers as <see cref="Floats"/> says, at a multiple of 8 bytes.</param>
    /// <param name="batch">The number of pictures that there is room for.</param>
    /// <param name="pieces">The number of pieces of all pictures that there is room for.</param>
    /// <param name="pixels">Height times width.</param>
    /// <param name="channels">The number of channels.</param>
    public PictureTable(float* memory, int batch, int pieces, int pixels, int channels)
    {
        (Pixels, Channels, pitch) = (pixels, channels, Pitch(channels));
        doubles = (double*)memory;
        moments = doubles + ((nint)pitch * PieceRows * pieces);
        floats = (float*)(moments + ((nint)pitch * DoubleRows * batch));
    }

    /// <summary>The numbers of float32 that a table takes.</summary>
    public static int Floats(int batch, int pieces, int channels) => checked(Pitch(channels) * ((2 * ((PieceRows * pieces) + (DoubleRows * batch))) + (FloatRows * batch)));

    /// <summary>Height times width.</summary>
    public int Pixels { get; }

    /// <summary>The number of channels.</summary>
    public int Channels { get; }

    /// <summary>The pixels of the pictures that styles are taken from.</summary>
    public int StylePixels { get; init; }

    /// <summary>The sums of a piece: one for each channel, then, <see cref="Second"/>, another for each.</summary>
    public double* First(int piece) => doubles + ((nint)pitch * PieceRows * piece);

    /// <summary>The second sums of a piece.</summary>
    public double* Second(int piece) => First(piece) + pitch;

    /// <summary>The third sums of a piece.</summary>
    public double* Third(int piece) => Second(piece) + pitch;

    /// <summary>The mean of each channel.</summary>
    public double* Mean(int picture) => Double(picture, 0);

    /// <summary>The biased variance of each channel.</summary>
    public double* Variance(int picture) => Double(picture, 1);

    /// <summary>The sum over the pixels of dy.</summary>
    public double* Sum(int picture) => Double(picture, 2);

    /// <summary>The sum over the pixels of dy (x - mean).</summary>
    public double* Product(int picture) => Double(picture, 3);

    /// <summary>Free for the rule, from the forward to the backward.</summary>
    public double* Kept(int picture) => Double(picture, 4);

    /// <summary>The sum of what of dy an activation with thresholds of its own holds back.</summary>
    public double* Held(int picture) => Double(picture, 5);

    /// <summary>The mean of each channel of the picture that the style is taken from.</summary>
    public double* StyleMean(int picture) => Double(picture, 6);

    /// <summary>The biased variance of each channel of the picture that the style is taken from.</summary>
    public double* StyleVariance(int picture) => Double(picture, 7);

    /// <summary>The mean as float32, or what a rule would rather have subtracted from x first.</summary>
    public float* Center(int picture) => Single(picture, 0);

    /// <summary>The factor of x - center in y.</summary>
    public float* Scale(int picture) => Single(picture, 1);

    /// <summary>The constant in y.</summary>
    public float* Shift(int picture) => Single(picture, 2);

    /// <summary>The factor of dy in dx.</summary>
    public float* K1(int picture) => Single(picture, 3);

    /// <summary>The factor of x - center in dx.</summary>
    public float* K2(int picture) => Single(picture, 4);

    /// <summary>The constant in dx.</summary>
    public float* K3(int picture) => Single(picture, 5);

    /// <summary>The factor of style - its center in the style's gradient.</summary>
    public float* StyleK2(int picture) => Single(picture, 6);

    /// <summary>The constant in the style's gradient.</summary>
    public float* StyleK3(int picture) => Single(picture, 7);

    /// <summary>Before a piece is summed up.</summary>
    public void Clear(int piece) => new Span<double>(First(piece), PieceRows * pitch).Clear();

    /// <summary>Sets the moments of a picture from the sums of its pieces.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="pieces">The number of pieces of each picture.</param>
    /// <param name="pivot">What the sums are about.</param>
    /// <returns>False where some mean lies so far from its pivot that the variance is what rounding left; <see cref="Center"/> is then a better pivot.</returns>
    public bool SetMoments(int picture, int pieces, float* pivot)
    {
        double* means = Mean(picture), variances = Variance(picture);
        float* centers = Center(picture);
        bool isNear = true;
        int c = 0;
        Vector<double> most = new(MostOffset), part = new(1.0 / Pixels);
        for (; pieces == 1 && c + (2 * Lanes) <= Channels; c += 2 * Lanes)
        {
            Vector.Widen(Vector.Load(pivot + c), out Vector<double> lower, out Vector<double> upper);
            for (int i = c; i < c + (2 * Lanes); i += Lanes)
            {
                Vector<double> offset = Vector.Load(First(picture) + i) * part, variance = Vector.Max(Vector<double>.Zero, (Vector.Load(Second(picture) + i) * part) - (offset * offset));
                isNear &= !Vector.GreaterThanAny(offset * offset, most * variance);
                ((i == c ? lower : upper) + offset).Store(means + i);
                variance.Store(variances + i);
            }

            Vector.Narrow(Vector.Load(means + c), Vector.Load(means + c + Lanes)).Store(centers + c);
        }

        for (; c < Channels; c++)
        {
            double first = 0, second = 0;
            for (int piece = picture * pieces; piece < (picture + 1) * pieces; piece++) (first, second) = (first + First(piece)[c], second + Second(piece)[c]);
            double offset = first / Pixels, variance = Math.Max(0, (second / Pixels) - (offset * offset));
            if (offset * offset > MostOffset * variance) isNear = false;
            double mean = pivot[c] + offset;
            (means[c], variances[c], centers[c]) = (mean, variance, (float)mean);
        }

        return isNear;
    }

    /// <summary>Sets the sums of a picture's backward from those of its pieces, which are about <see cref="Center"/>.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="pieces">The number of pieces of each picture.</param>
    public void SetSums(int picture, int pieces)
    {
        double* sums = Sum(picture), products = Product(picture), held = Held(picture), means = Mean(picture);
        float* centers = Center(picture);
        int c = 0;
        for (; pieces == 1 && c + (2 * Lanes) <= Channels; c += 2 * Lanes)
        {
            Vector.Widen(Vector.Load(centers + c), out Vector<double> lower, out Vector<double> upper);
            for (int i = c; i < c + (2 * Lanes); i += Lanes)
            {
                Vector<double> first = Vector.Load(First(picture) + i);
                first.Store(sums + i);
                (Vector.Load(Second(picture) + i) - (first * (Vector.Load(means + i) - (i == c ? lower : upper)))).Store(products + i);
                Vector.Load(Third(picture) + i).Store(held + i);
            }
        }

        for (; c < Channels; c++)
        {
            double first = 0, second = 0, third = 0;
            for (int piece = picture * pieces; piece < (picture + 1) * pieces; piece++) (first, second, third) = (first + First(piece)[c], second + Second(piece)[c], third + Third(piece)[c]);
            (sums[c], products[c], held[c]) = (first, second - (first * (means[c] - centers[c])), third);
        }
    }

    /// <summary>Takes over the moments of the pictures that styles are taken from.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="style">The table of those.</param>
    public void SetStyle(int picture, in PictureTable style)
    {
        new ReadOnlySpan<double>(style.Mean(picture), Channels).CopyTo(new Span<double>(StyleMean(picture), Channels));
        new ReadOnlySpan<double>(style.Variance(picture), Channels).CopyTo(new Span<double>(StyleVariance(picture), Channels));
    }

    private static int Lanes => Vector<double>.Count;

    private double* Double(int picture, int index) => moments + ((nint)pitch * ((DoubleRows * picture) + index));

    private float* Single(int picture, int index) => floats + ((nint)pitch * ((FloatRows * picture) + index));

    private static int Pitch(int channels) => (channels + 15) / 16 * 16;
}
