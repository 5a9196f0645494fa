using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Operations.Normalization;

/// <summary>
/// What a normalization knows of a batch, for each cell of images that share statistics and each channel: the moments, the factors of the forward y =
/// <see cref="Scale"/> (x - <see cref="Center"/>) + <see cref="Shift"/>, the sums that the backward needs, and the factors of dx = <see cref="K1"/> dy +
/// <see cref="K2"/> (x - <see cref="Center"/>) + <see cref="K3"/>. All normalizations have this form; how factors come from moments and sums are the
/// <see cref="NormFactors"/>.
/// </summary>
/// <remarks>
/// A cell is cut into pieces, each of which has sums of its own; they are added as one binary tree, so that results are the same bits on any number of threads.
/// Those of the forward and of the backward do not share memory, since a forward that is run again for the backward adds to the first ones in between.
/// </remarks>
internal readonly unsafe partial struct NormTable
{
    // How far the mean may lie from the pivot, squared, in variances, before rounding shows.
    private const double MostOffset = 16;

    private const int PieceRows = 5, DoubleRows = 9, FloatRows = 6;

    private readonly double* counts, pieceSums, doubles;
    private readonly float* floats, zeros;
    private readonly int cells, pieces, pitch;

    /// <summary>Lays the table over memory.</summary>
    /// <param name="memory">As many numbers as <see cref="Floats"/> says, at a multiple of 64 bytes.</param>
    /// <param name="cells">The number of cells that there is room for.</param>
    /// <param name="pieces">The number of pieces of all cells that there is room for.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="subtracts">Whether a center is subtracted where the factors are applied. Otherwise it is zero, as the memory must be then.</param>
    public NormTable(float* memory, int cells, int pieces, int channels, bool subtracts = true)
        : this()
    {
        (this.cells, this.pieces, Channels, pitch) = (cells, pieces, channels, Pitch(channels));
        counts = (double*)memory;
        pieceSums = counts + Align(cells);
        doubles = pieceSums + ((nint)pitch * PieceRows * pieces);
        floats = (float*)(doubles + ((nint)pitch * DoubleRows * cells));
        zeros = subtracts ? null : floats + ((nint)pitch * FloatRows * cells);
    }

    /// <summary>The numbers of float32 that a table takes.</summary>
    public static int Floats(int cells, int pieces, int channels) =>
        checked((2 * Align(cells)) + (Pitch(channels) * ((2 * ((PieceRows * pieces) + (DoubleRows * cells))) + (FloatRows * cells) + 1)));

    /// <summary>The number of channels.</summary>
    public int Channels { get; private init; }

    /// <summary>Memory of the table of <see cref="Style"/>.</summary>
    public float* StyleMemory { get; init; }

    /// <summary>The table of the images that styles are taken from, where there are such.</summary>
    public NormTable Style => new(StyleMemory, cells, pieces, Channels);

    /// <summary>The number of values of each channel of a cell.</summary>
    public ref double Count(int cell) => ref counts[cell];

    /// <summary>A piece's sum of x - pivot.</summary>
    public double* MomentSum(int piece) => Piece(piece, 0);

    /// <summary>A piece's sum of (x - pivot)^2.</summary>
    public double* SquareSum(int piece) => Piece(piece, 1);

    /// <summary>A piece's sum of dy.</summary>
    public double* GradientSum(int piece) => Piece(piece, 2);

    /// <summary>A piece's sum of dy (x - <see cref="About"/>).</summary>
    public double* ProductSum(int piece) => Piece(piece, 3);

    /// <summary>A piece's sum of what thresholds hold back of dy.</summary>
    public double* HeldSum(int piece) => Piece(piece, 4);

    /// <summary>The mean.</summary>
    public double* Mean(int cell) => Double(cell, 0);

    /// <summary>The biased variance.</summary>
    public double* Variance(int cell) => Double(cell, 1);

    /// <summary>The mean that a channel is normalized by: its own, that of a group, a mixture.</summary>
    public double* UsedMean(int cell) => Double(cell, 2);

    /// <summary>The variance that a channel is normalized by, until <see cref="Inverse"/> takes its place.</summary>
    public double* UsedVariance(int cell) => Double(cell, 3);

    /// <summary>1 / sqrt(variance + epsilon).</summary>
    public double* Inverse(int cell) => Double(cell, 3);

    /// <summary>The sum of dy.</summary>
    public double* Sum(int cell) => Double(cell, 4);

    /// <summary>The sum of dy (x - <see cref="Mean"/>).</summary>
    public double* Product(int cell) => Double(cell, 5);

    /// <summary>The sum of what thresholds hold back of dy.</summary>
    public double* Held(int cell) => Double(cell, 6);

    /// <summary>The sum of h, the gradient of the normalized values.</summary>
    public double* NormalizedSum(int cell) => Double(cell, 7);

    /// <summary>The sum of h (x - <see cref="UsedMean"/>).</summary>
    public double* NormalizedProduct(int cell) => Double(cell, 8);

    /// <summary>What the sums of the backward are about: the mean as float32, or what some factors would rather have subtracted from x first.</summary>
    public float* About(int cell) => Single(cell, 0);

    /// <summary>What is subtracted from x where factors are applied: <see cref="About"/>, or nothing.</summary>
    public float* Center(int cell) => zeros == null ? About(cell) : zeros;

    /// <summary>The factor of x - center in y.</summary>
    public float* Scale(int cell) => Single(cell, 1);

    /// <summary>The constant in y.</summary>
    public float* Shift(int cell) => Single(cell, 2);

    /// <summary>The factor of dy in dx.</summary>
    public float* K1(int cell) => Single(cell, 3);

    /// <summary>The factor of x - center in dx.</summary>
    public float* K2(int cell) => Single(cell, 4);

    /// <summary>The constant in dx.</summary>
    public float* K3(int cell) => Single(cell, 5);

    /// <summary>The same table, of some channels.</summary>
    public NormTable Part(int first, int count) => new(this, first, count);

    private NormTable(in NormTable whole, int first, int count)
    {
        this = whole;
        Channels = count;
        pieceSums += first;
        doubles += first;
        floats += first;
    }

    /// <summary>Before a forward and a backward in which nobody has thresholds.</summary>
    public void ClearSums(int piece) => new Span<double>(MomentSum(piece), (PieceRows - 1) * pitch).Clear();

    /// <summary>Before a piece is summed up in a forward.</summary>
    public void ClearMoments(int piece) => new Span<double>(MomentSum(piece), 2 * pitch).Clear();

    /// <summary>Before a piece is summed up in a backward.</summary>
    public void ClearGradients(int piece) => new Span<double>(GradientSum(piece), 3 * pitch).Clear();

    /// <summary>Adds up the sums that the moments of a cell are made of; where there are ranks, theirs come to these.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="count">The number of its values for each channel.</param>
    /// <param name="parts">The number of its pieces.</param>
    public void AddUpMoments(int cell, double count, int parts)
    {
        Count(cell) = count;
        AddUp(Channels, parts, (nint)pitch * PieceRows, MomentSum(cell * parts), Mean(cell));
        AddUp(Channels, parts, (nint)pitch * PieceRows, SquareSum(cell * parts), Variance(cell));
    }

    /// <summary>Makes moments of a cell's sums.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="pivot">What the sums are about; <see cref="About"/> may be it.</param>
    /// <param name="epsilon">What is added to variances, so that less of them does not matter.</param>
    /// <returns>False where some mean lies so far from its pivot that the variance is what rounding left; <see cref="About"/> is then a better pivot.</returns>
    public bool SetMoments(int cell, float* pivot, double epsilon)
    {
        double excess = 0;
        Moments(this, cell, pivot, epsilon, &excess);
        return excess == 0;
    }

    /// <summary>Sets the sums of a cell's backward from those of its pieces.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="parts">The number of its pieces.</param>
    public void AddUpGradients(int cell, int parts)
    {
        AddUp(Channels, parts, (nint)pitch * PieceRows, GradientSum(cell * parts), Sum(cell));
        AddUp(Channels, parts, (nint)pitch * PieceRows, ProductSum(cell * parts), Product(cell));
        AddUp(Channels, parts, (nint)pitch * PieceRows, HeldSum(cell * parts), Held(cell));
        MoveToMean(this, cell);
    }

    /// <summary>Sets the moments of all cells together: the first cell of another table.</summary>
    public void JoinMoments(int count, in NormTable all)
    {
        double* mean = all.Mean(0), variance = all.Variance(0);
        double total = 0;
        new Span<double>(mean, Channels).Clear();
        new Span<double>(variance, Channels).Clear();
        for (int n = 0; n < count; n++)
        {
            total += Count(n);
            for (int c = 0; c < Channels; c++) mean[c] += Count(n) * Mean(n)[c];
        }

        for (int c = 0; c < Channels; c++) mean[c] /= total;
        for (int n = 0; n < count; n++)
            for (int c = 0; c < Channels; c++) variance[c] += Count(n) * (Variance(n)[c] + ((Mean(n)[c] - mean[c]) * (Mean(n)[c] - mean[c])));
        for (int c = 0; c < Channels; c++) (variance[c], all.About(0)[c]) = (variance[c] / total, (float)mean[c]);
        all.Count(0) = total;
    }

    /// <summary>Sets the sums of the backward of all cells together.</summary>
    public void JoinGradients(int count, in NormTable all)
    {
        double* mean = all.Mean(0), sum = all.Sum(0), product = all.Product(0);
        new Span<double>(sum, Channels).Clear();
        new Span<double>(product, Channels).Clear();
        for (int n = 0; n < count; n++)
            for (int c = 0; c < Channels; c++) (sum[c], product[c]) = (sum[c] + Sum(n)[c], product[c] + Product(n)[c] + (Sum(n)[c] * (Mean(n)[c] - mean[c])));
    }

    private static int Align(int count) => (count + 15) / 16 * 16;

    // No power of two, whose rows would all fall into the same few lines of the cache.
    private static int Pitch(int channels) => Align(channels) % 128 == 0 ? Align(channels) + 16 : Align(channels);

    private double* Piece(int piece, int row) => pieceSums + ((nint)pitch * ((PieceRows * piece) + row));

    private double* Double(int cell, int row) => doubles + ((nint)pitch * ((DoubleRows * cell) + row));

    private float* Single(int cell, int row) => floats + ((nint)pitch * ((FloatRows * cell) + row));

    /// <summary>Adds rows of sums, as one binary tree: ((s0 + s1) + (s2 + s3)) + ...</summary>
    [Dispatch]
    private static partial void AddUp(int channels, int parts, nint step, double* sums, double* total);

    [Dispatch]
    private static partial void Moments(in NormTable table, int cell, float* pivot, double epsilon, double* excess);

    [Dispatch]
    private static partial void MoveToMean(in NormTable table, int cell);

    [MethodImpl(Compiled.Alone)]
    private static int AddUp<TSimd, TVector>(int c, int channels, int parts, nint step, double* sums, double* total)
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct
    {
        for (; c + TSimd.Lanes <= channels; c += TSimd.Lanes) TSimd.Store(Tree<TSimd, TVector>(sums + c, step, parts), total + c);
        return c;
    }

    private static TVector Tree<TSimd, TVector>(double* sums, nint step, int parts)
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct => parts == 1
        ? TSimd.Load(sums)
        : parts == 2
            ? TSimd.Add(TSimd.Load(sums), TSimd.Load(sums + step))
            : TSimd.Add(Tree<TSimd, TVector>(sums, step, parts / 2), Tree<TSimd, TVector>(sums + (parts / 2 * step), step, parts - (parts / 2)));

    // Lines 1 and 2 of batch norm's algorithm 1: mean = pivot + sum / count, variance = squares / count - (sum / count)^2.
    [MethodImpl(Compiled.Alone)]
    private static int Moments<TSimd, TVector>(int c, in NormTable table, int cell, float* pivot, double epsilon, double* excess)
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct
    {
        double* means = table.Mean(cell), variances = table.Variance(cell);
        float* about = table.About(cell);
        TVector part = TSimd.Broadcast(1 / table.Count(cell)), most = TSimd.Broadcast(MostOffset), least = TSimd.Broadcast(epsilon), far = TSimd.Zero;
        for (; c + TSimd.Lanes <= table.Channels; c += TSimd.Lanes)
        {
            TVector offset = TSimd.Multiply(TSimd.Load(means + c), part), squared = TSimd.Multiply(offset, offset);
            TVector variance = TSimd.Max(TSimd.Subtract(TSimd.Multiply(TSimd.Load(variances + c), part), squared), TSimd.Zero);
            TVector mean = TSimd.Add(TSimd.LoadWidened(pivot + c), offset);
            far = TSimd.Add(far, TSimd.Max(TSimd.Subtract(squared, TSimd.Multiply(most, TSimd.Add(variance, least))), TSimd.Zero));
            TSimd.Store(mean, means + c);
            TSimd.Store(variance, variances + c);
            TSimd.StoreNarrowed(mean, about + c);
        }

        *excess += TSimd.Sum(far);
        return c;
    }

    [MethodImpl(Compiled.Alone)]
    private static int MoveToMean<TSimd, TVector>(int c, in NormTable table, int cell)
        where TSimd : struct, ISimd<TVector, double>
        where TVector : struct
    {
        double* sums = table.Sum(cell), products = table.Product(cell), means = table.Mean(cell);
        float* about = table.About(cell);
        for (; c + TSimd.Lanes <= table.Channels; c += TSimd.Lanes)
        {
            TVector rounded = TSimd.Subtract(TSimd.Load(means + c), TSimd.LoadWidened(about + c));
            TSimd.Store(TSimd.Subtract(TSimd.Load(products + c), TSimd.Multiply(TSimd.Load(sums + c), rounded)), products + c);
        }

        return c;
    }
}
