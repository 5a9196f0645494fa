using Graft.Activations;
using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Simd;

namespace Graft.Plans;

/// <summary>
/// A value of a training plan: what a step wrote, and the normalization and activation that readers apply on the way. So x is stored once, and neither norm(x) nor act(norm(x)) ever is.
/// </summary>
internal sealed unsafe class ActivationBuffer(string name, int height, int width, int channels)
{
    /// <summary>Every node whose value it stands for, in order: the one that computes, then norm, then activation.</summary>
    public List<string> Nodes { get; } = [name];

    /// <summary>The height of the image; 1 for features.</summary>
    public int Height { get; } = height;

    /// <summary>The width of the image; 1 for features.</summary>
    public int Width { get; } = width;

    /// <summary>The number of channels or features.</summary>
    public int Channels { get; } = channels;

    /// <summary>Rows of channels in an image.</summary>
    public int Pixels => Height * Width;

    /// <summary>Numbers in an image.</summary>
    public int ImageFloats => Pixels * Channels;

    /// <summary>What the step wrote, <c>[batch, height, width, channels]</c>.</summary>
    public float* Data { get; set; }

    /// <summary>The gradient behind the norm and before the activation.</summary>
    public float* Gradient { get; set; }

    /// <summary>The batch norm that readers apply, or null.</summary>
    public AppliedNorm? Norm { get; set; }

    /// <summary>The activation that readers apply.</summary>
    public ActivationFunction Activation { get; set; } = ActivationFunction.Identity;

    /// <summary>The bounds of an activation that is no more than that.</summary>
    public Clamp Clamp => Activation.Clamp ?? Clamp.None;

    /// <summary>What its numbers are.</summary>
    public ElementType Type { get; set; } = ElementType.Float32;

    /// <summary>Whether the loss is differentiated with respect to it.</summary>
    public bool NeedsGradient { get; set; }

    /// <summary>Whether it is computed again for the backward and not kept until then.</summary>
    public bool IsRecomputed { get; set; }

    /// <summary>Where <see cref="Data"/> lies in the forward, where it is recomputed.</summary>
    public float* ForwardData { get; set; }

    /// <summary>Where <see cref="Data"/> lies in the backward, where it is recomputed.</summary>
    public float* BackwardData { get; set; }

    /// <summary>Whether it is so large that what is written is out of the caches before it is read: it is then written past them.</summary>
    public bool IsStoredNonTemporal { get; set; }

    /// <summary>Whether a step may not write where its value is kept, but hands rows to <see cref="Keep"/>.</summary>
    public bool IsKeptAside => IsStoredNonTemporal || Type != ElementType.Float32;

    /// <summary>Whether readers may take <see cref="Data"/> as it is.</summary>
    public bool IsPlain => Norm is null && Activation == ActivationFunction.Identity && Type == ElementType.Float32;

    /// <summary>The gradient as it is in memory, where a step may take that as the gradient of what it wrote.</summary>
    public bool HasPlainGradient => Norm is null && Type == ElementType.Float32;

    /// <summary>What the step wrote, from a row on.</summary>
    public StoredRows Values(int firstRow) => At(Data, firstRow);

    /// <summary>The gradient behind the norm and before the activation, from a row on.</summary>
    public StoredRows Gradients(int firstRow) => At(Gradient, firstRow);

    /// <summary>To fetch the values of some rows.</summary>
    public Prefetch FetchValues(int firstRow, int rows) => Fetch(Data, firstRow, rows);

    /// <summary>To fetch what <see cref="LoadGradient"/> will read.</summary>
    public Prefetch FetchGradient(int firstRow, int rows) => Norm is { UsesBatch: true }
        ? new Prefetch((nint)Gradient + Bytes(firstRow), (nint)Data + Bytes(firstRow), Bytes(rows))
        : Fetch(Gradient, firstRow, rows);

    /// <summary>Whether the step wrote finite numbers alone.</summary>
    /// <param name="images">Of how many images.</param>
    public bool IsFinite(int images)
    {
        int count = checked(images * ImageFloats);
        if (Type == ElementType.Float32) return !new ReadOnlySpan<float>(Data, count).ContainsAnyExceptInRange(float.MinValue, float.MaxValue);
        foreach (BFloat16 value in new ReadOnlySpan<BFloat16>(Data, count))
            if (!float.IsFinite(value.ToSingle())) return false;
        return true;
    }

    /// <summary>Reads rows as they are behind norm and activation.</summary>
    public void Load(int firstRow, int rows, StridedRows target)
    {
        LoadClamped(firstRow, rows, target);
        if (Activation.Clamp is null) Activation.Run(rows, Channels, target);
    }

    private void LoadClamped(int firstRow, int rows, StridedRows target)
    {
        StoredRows source = Values(firstRow);
        if (Norm is not { } norm)
        {
            ClampKernel.Run(rows, Channels, source, Clamp, target);
            return;
        }

        for (int row = 0; row < rows;)
        {
            int cell = norm.CellOf(firstRow + row), count = Math.Min(rows - row, norm.EndOf(cell) - firstRow - row);
            NormalizeKernel.Run(count, Channels, source.Skip(row), norm.Scale(cell), norm.Shift(cell), Clamp, target.Skip(row));
            row += count;
        }
    }

    /// <summary>Reads the gradient of what the step wrote, in front of norm and activation.</summary>
    public void LoadGradient(int firstRow, int rows, StridedRows target)
    {
        StoredRows gradient = Gradients(firstRow);
        if (Norm is not { } norm)
        {
            ClampKernel.Run(rows, Channels, gradient, Clamp.None, target);
            return;
        }

        StoredRows value = norm.UsesBatch ? Values(firstRow) : gradient;
        for (int row = 0; row < rows;)
        {
            int cell = norm.CellOf(firstRow + row), count = Math.Min(rows - row, norm.EndOf(cell) - firstRow - row);
            NormGradientKernel.Run(count, Channels, gradient.Skip(row), value.Skip(row), norm.K1(cell), norm.K2(cell), norm.K3(cell), target.Skip(row));
            row += count;
        }
    }

    /// <summary>Puts rows from a step's scratch where they are kept, and sums up what batch norm needs of them; for values that are <see cref="IsKeptAside"/>.</summary>
    public void Keep(int part, int firstRow, int rows, StridedRows values)
    {
        if (Norm is not { UsesBatch: true } norm)
        {
            StoreKernel.Run(rows, Channels, values, Values(firstRow));
            return;
        }

        for (int row = 0; row < rows;)
        {
            int cell = norm.CellOf(firstRow + row), count = Math.Min(rows - row, norm.EndOf(cell) - firstRow - row);
            MomentsKernel.RunAndStore(count, Channels, values.Skip(row), norm.Pivot, norm.MomentSums(part, cell), norm.SquareSums(part, cell), Values(firstRow + row), IsStoredNonTemporal);
            row += count;
        }
    }

    /// <summary>Sums up what batch norm needs of rows that were just written.</summary>
    public void Sum(int part, int firstRow, int rows)
    {
        if (Norm is not { UsesBatch: true } norm) return;
        StridedRows values = new(Data + ((nint)firstRow * Channels), Channels);
        for (int row = 0; row < rows;)
        {
            int cell = norm.CellOf(firstRow + row), count = Math.Min(rows - row, norm.EndOf(cell) - firstRow - row);
            MomentsKernel.Run(count, Channels, values.Skip(row), norm.Pivot, norm.MomentSums(part, cell), norm.SquareSums(part, cell));
            row += count;
        }
    }

    private StoredRows At(float* start, int firstRow) => new((byte*)start + Bytes(firstRow), Channels, Type);

    private Prefetch Fetch(float* start, int firstRow, int rows) => Prefetch.Of((byte*)start + Bytes(firstRow), Bytes(rows));

    private nint Bytes(int rows) => (nint)rows * Channels * Type.Bytes;
}
