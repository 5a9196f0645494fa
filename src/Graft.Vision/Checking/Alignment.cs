namespace Graft.Vision.Checking;

/// <summary>Lays a thumbnail over another as exactly as it goes, and measures how alike they then are.</summary>
/// <remarks>
/// Place and size are improved by Gauss-Newton steps on the squared differences of the two, each less its mean and divided by its deviation, so that brightness and contrast do not matter
/// (Lucas and Kanade 1981; Evangelidis and Psarakis 2008): first on blurred thumbnails, then on sharp ones.
/// </remarks>
internal sealed class Alignment
{
    private const int Side = ImageLook.Side, Pixels = Side * Side;

    // How far a copy's edges may lie outside of the original, or inside, as a part of a side.
    private const double MostCropped = 0.16;

    // Blurred images that agree less are no copies.
    private const double Hopeless = 0.85;

    // A part shows something where its details deviate by so much of those of the whole; so many of the parts may agree less: they have a caption, or lie at the edge.
    private const double PartContrast = 0.3, Quantile = 0.15;

    private readonly float[] image = new float[Pixels], other = new float[Pixels], scratch = new float[Pixels], warped = new float[Pixels], across = new float[Pixels], down = new float[Pixels];
    private readonly bool[] inside = new bool[Pixels];

    /// <summary>How alike two images are where they overlap.</summary>
    /// <param name="Correlation">The correlation of their grey values.</param>
    /// <param name="Details">That of what a mean over 5 x 5 pixels takes away: two skies, or two flowers in the middle, have the first in common, but not this.</param>
    /// <param name="Contrast">The deviation of those details, of the one that has less of them, in steps of 255.</param>
    /// <param name="Parts">The correlation of the details in the parts of the images that agree the least, but for the worst few: two objects in one frame have the frame in common alone.</param>
    public readonly record struct Likeness(double Correlation, double Details, double Contrast, double Parts);

    /// <summary>Compares two thumbnails.</summary>
    /// <param name="first">The one that may be a part of the other.</param>
    /// <param name="second">The other.</param>
    /// <param name="isMirrored">Whether to mirror the first.</param>
    /// <param name="start">Where the first lies in the second, nearly.</param>
    public Likeness Compare(byte[] first, byte[] second, bool isMirrored, Placement start)
    {
        Load(first, image, isMirrored);
        Load(second, other, isMirrored: false);
        Blur(image);
        Blur(other);
        Placement place = Improve(start, steps: 4, step: 2);
        Warp(place, hasSlopes: false, step: 2);
        double coarse = Correlation(image, warped, out _);
        if (coarse < Hopeless) return new Likeness(coarse, 0, 0, 0);
        Load(first, image, isMirrored);
        Load(second, other, isMirrored: false);
        place = Improve(place, steps: 4, step: 1);
        Warp(place, hasSlopes: false, step: 1);
        double correlation = Correlation(image, warped, out _);
        Smooth(image);
        double details = Correlation(image, warped, out double contrast);
        return new Likeness(correlation, details, contrast, Parts(contrast));
    }

    private static void Load(byte[] thumbnail, float[] to, bool isMirrored)
    {
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++) to[(y * Side) + x] = thumbnail[(y * Side) + (isMirrored ? Side - 1 - x : x)];
        }
    }

    private Placement Improve(Placement place, int steps, int step)
    {
        Span<double> matrix = stackalloc double[16], right = stackalloc double[4], row = stackalloc double[4];
        for (int taken = 0; taken < steps; taken++)
        {
            Warp(place, hasSlopes: true, step);
            if (!Moments(image, out double imageMean, out double imageDeviation) || !Moments(warped, out double mean, out double deviation)) return place;
            matrix.Clear();
            right.Clear();
            double scale = deviation / imageDeviation;
            for (int y = 0; y < Side; y += step)
            {
                for (int x = 0; x < Side; x += step)
                {
                    int i = (y * Side) + x;
                    if (!inside[i]) continue;
                    double difference = ((image[i] - imageMean) * scale) - (warped[i] - mean);
                    double px = (x + 0.5) / Side, py = (y + 0.5) / Side;
                    (row[0], row[1], row[2], row[3]) = (across[i], across[i] * px, down[i], down[i] * py);
                    for (int a = 0; a < 4; a++)
                    {
                        right[a] += row[a] * difference;
                        for (int b = a; b < 4; b++) matrix[(a * 4) + b] += row[a] * row[b];
                    }
                }
            }

            if (!Solve(matrix, right)) return place;
            Placement next = new(place.Left + right[0], place.Width + right[1], place.Top + right[2], place.Height + right[3]);
            if (!IsPossible(next)) return place;
            place = next;
            if (Math.Abs(right[0]) + Math.Abs(right[1]) + Math.Abs(right[2]) + Math.Abs(right[3]) < 1e-3) break;
        }

        return place;
    }

    private static bool IsPossible(Placement place) =>
        Math.Abs(place.Left) <= MostCropped && Math.Abs(place.Top) <= MostCropped && Math.Abs(1 - place.Left - place.Width) <= MostCropped && Math.Abs(1 - place.Top - place.Height) <= MostCropped;

    /// <summary>Takes the other image's values, and how they change with its place, at the pixels of the image.</summary>
    private void Warp(Placement place, bool hasSlopes, int step)
    {
        if (step > 1) Array.Clear(inside);
        for (int y = 0; y < Side; y += step)
        {
            double v = ((place.Top + (place.Height * (y + 0.5) / Side)) * Side) - 0.5;
            int row = Math.Clamp((int)Math.Floor(v), 0, Side - 2);
            float fy = (float)(v - row);
            for (int x = 0; x < Side; x += step)
            {
                double u = ((place.Left + (place.Width * (x + 0.5) / Side)) * Side) - 0.5;
                int i = (y * Side) + x, column = Math.Clamp((int)Math.Floor(u), 0, Side - 2), at = (row * Side) + column;
                float fx = (float)(u - column);
                inside[i] = u is >= -0.5 and <= Side - 0.5 && v is >= -0.5 and <= Side - 0.5;
                float a = other[at], b = other[at + 1], c = other[at + Side], d = other[at + Side + 1];
                warped[i] = (a * (1 - fx) * (1 - fy)) + (b * fx * (1 - fy)) + (c * (1 - fx) * fy) + (d * fx * fy);
                if (!hasSlopes) continue;
                across[i] = (((b - a) * (1 - fy)) + ((d - c) * fy)) * Side;
                down[i] = (((c - a) * (1 - fx)) + ((d - b) * fx)) * Side;
            }
        }
    }

    // Takes the means over 5 x 5 pixels, as far as they overlap, from both.
    private void Smooth(float[] values)
    {
        Detail(values);
        Detail(warped);
    }

    private void Detail(float[] values)
    {
        const int Radius = 2;
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                float sum = 0;
                int count = 0;
                for (int v = Math.Max(0, y - Radius); v <= Math.Min(Side - 1, y + Radius); v++)
                {
                    for (int u = Math.Max(0, x - Radius); u <= Math.Min(Side - 1, x + Radius); u++)
                    {
                        if (!inside[(v * Side) + u]) continue;
                        sum += values[(v * Side) + u];
                        count++;
                    }
                }

                scratch[(y * Side) + x] = count == 0 ? 0 : values[(y * Side) + x] - (sum / count);
            }
        }

        Array.Copy(scratch, values, Pixels);
    }

    // Binomial, 5 x 5: about 1 pixel of deviation.
    private void Blur(float[] values)
    {
        for (int pass = 0; pass < 2; pass++)
        {
            for (int y = 0; y < Side; y++)
            {
                ReadOnlySpan<float> row = values.AsSpan(y * Side, Side);
                for (int x = 0; x < Side; x++)
                {
                    int first = Math.Max(0, x - 2), second = Math.Max(0, x - 1), fourth = Math.Min(Side - 1, x + 1), last = Math.Min(Side - 1, x + 2);

                    // Transposed, so that the second pass goes down.
                    scratch[(x * Side) + y] = (row[first] + row[last] + (4 * (row[second] + row[fourth])) + (6 * row[x])) / 16;
                }
            }

            Array.Copy(scratch, values, Pixels);
        }
    }

    private bool Moments(float[] values, out double mean, out double deviation)
    {
        double sum = 0, squares = 0;
        int count = 0;
        for (int i = 0; i < Pixels; i++)
        {
            if (!inside[i]) continue;
            sum += values[i];
            squares += values[i] * (double)values[i];
            count++;
        }

        mean = count == 0 ? 0 : sum / count;
        deviation = count == 0 ? 0 : Math.Sqrt(Math.Max(0, (squares / count) - (mean * mean)));
        return deviation > 1e-3;
    }

    private double Correlation(float[] a, float[] b, out double contrast)
    {
        bool hasBoth = Moments(a, out double meanA, out double deviationA) & Moments(b, out double meanB, out double deviationB);
        contrast = Math.Min(deviationA, deviationB);
        if (!hasBoth) return 0;
        double sum = 0;
        int count = 0;
        for (int i = 0; i < Pixels; i++)
        {
            if (!inside[i]) continue;
            sum += (a[i] - meanA) * (b[i] - meanB);
            count++;
        }

        return sum / count / (deviationA * deviationB);
    }

    /// <summary>The correlation of a part of the images: of so many that a few of the others are worse.</summary>
    private double Parts(double contrast)
    {
        const int Tiles = 6, TileSide = Side / Tiles;
        Span<double> parts = stackalloc double[Tiles * Tiles];
        int count = 0;
        for (int tile = 0; tile < Tiles * Tiles; tile++)
        {
            double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
            int pixels = 0;
            for (int y = tile / Tiles * TileSide; y < ((tile / Tiles) + 1) * TileSide; y++)
            {
                for (int x = tile % Tiles * TileSide; x < ((tile % Tiles) + 1) * TileSide; x++)
                {
                    int i = (y * Side) + x;
                    if (!inside[i]) continue;
                    pixels++;
                    a += image[i];
                    b += warped[i];
                    aa += image[i] * image[i];
                    bb += warped[i] * warped[i];
                    ab += image[i] * warped[i];
                }
            }

            if (pixels < TileSide * TileSide / 2) continue;
            double first = (aa / pixels) - (a / pixels * (a / pixels)), second = (bb / pixels) - (b / pixels * (b / pixels)), least = PartContrast * contrast;

            // Where neither shows anything there is nothing to agree on.
            if (Math.Max(first, second) < least * least) continue;
            parts[count++] = ((ab / pixels) - (a / pixels * (b / pixels))) / Math.Sqrt(Math.Max(first, 1e-3) * Math.Max(second, 1e-3));
        }

        if (count == 0) return 0;
        parts[..count].Sort();
        return parts[(int)(Quantile * count)];
    }

    // Cholesky's factorization of a 4 x 4 matrix of which the upper triangle is given.
    private static bool Solve(Span<double> a, Span<double> b)
    {
        for (int i = 0; i < 4; i++)
        {
            double diagonal = a[(i * 4) + i] * (1 + 1e-6);
            for (int k = 0; k < i; k++) diagonal -= a[(k * 4) + i] * a[(k * 4) + i];
            if (!(diagonal > 1e-9)) return false;
            a[(i * 4) + i] = Math.Sqrt(diagonal);
            for (int j = i + 1; j < 4; j++)
            {
                double sum = a[(i * 4) + j];
                for (int k = 0; k < i; k++) sum -= a[(k * 4) + i] * a[(k * 4) + j];
                a[(i * 4) + j] = sum / a[(i * 4) + i];
            }
        }

        for (int i = 0; i < 4; i++)
        {
            for (int k = 0; k < i; k++) b[i] -= a[(k * 4) + i] * b[k];
            b[i] /= a[(i * 4) + i];
        }

        for (int i = 3; i >= 0; i--)
        {
            for (int k = i + 1; k < 4; k++) b[i] -= a[(i * 4) + k] * b[k];
            b[i] /= a[(i * 4) + i];
        }

        return true;
    }
}
