using Graft.Kernels;
using Graft.Kernels.Assembled;
using Graft.Kernels.Convolution;
using Graft.Simd;

namespace Graft.Operations.Convolution;

/// <summary>The products of bfloat16 with sums in float32 (<see cref="PairProducts"/>), tap by tap: x, the gradient and the weights are rounded once.</summary>
internal sealed unsafe class PairWindowProducts : WindowProducts
{
    // What is added up for a tap is whole vectors, beside those of the next.
    private const int Lanes = 16;

    private readonly PairPanels[] forward, backward;
    private float[] bias = [];

    public PairWindowProducts(int channels, int outputs, int taps, bool needsGradient)
        : base(channels, outputs, taps)
    {
        forward = [.. Enumerable.Range(0, taps).Select(_ => new PairPanels(outputs, channels))];
        backward = needsGradient ? [.. Enumerable.Range(0, taps).Select(_ => new PairPanels(channels, outputs))] : [];
    }

    /// <summary>Whether a convolution can run so.</summary>
    public static bool Fits(in WindowGeometry g, ElementType narrowest) => narrowest == ElementType.BFloat16 && AssembledTiles.IsSupported && g.Channels % Lanes == 0;

    public override int XPitch => PairProducts.Pitch(Channels);

    public override int YPitch => PairProducts.Pitch(Outputs);

    public override bool NeedsRoom => true;

    // Rows or pairs of rows of x; rows and pairs of rows of the gradient.
    public override int ScratchFloats(int rows) => (rows + 1) / 2 * (XPitch + (2 * YPitch));

    public override void Pack(float* ordered, ReadOnlySpan<float> bias)
    {
        this.bias = bias.ToArray();
        for (int tap = 0; tap < Taps; tap++) forward[tap].Fill(ordered + (tap * Channels), Taps * Channels, 1);
        for (int tap = 0; tap < backward.Length; tap++) backward[tap].Fill(ordered + (tap * Channels), 1, Taps * Channels);
    }

    // From the last tap to the first: rounding an odd number of rows makes zeros of the row behind them.
    public override void Forward(int rows, float* x, StridedRows y, float* memory)
    {
        for (int tap = Taps - 1; tap >= 0; tap--)
        {
            PairProducts.Round(rows, Channels, x + ((nint)tap * rows * XPitch), XPitch, (BFloat16*)memory, null);
            for (int row = 0; tap == Taps - 1 && row < rows; row++) bias.CopyTo(new Span<float>(y.Start + (row * y.RowStride), Outputs));
            PairProducts.Multiply(forward[tap], rows, (BFloat16*)memory, XPitch, y.Start, y.RowStride, tap < Taps - 1 || bias.Length > 0, default);
        }
    }

    public override void BeginBackward(int rows, float* dy, float* memory) => PairProducts.Round(rows, Outputs, dy, YPitch, RowsOfDy(rows, memory), PairsOfDy(rows, memory));

    public override void AddGradient(int rows, float* x, float* dy, float* dw, nint dwPitch, float* memory)
    {
        PairProducts.Round(rows, Channels, x, XPitch, null, (uint*)memory);
        PairProducts.AddGradient((rows + 1) / 2, Outputs, Channels, PairsOfDy(rows, memory), YPitch, (uint*)memory, XPitch, dw, dwPitch, true, default);
    }

    public override void Project(int tap, int rows, float* dy, float* dx, float* memory) => PairProducts.Multiply(backward[tap], rows, RowsOfDy(rows, memory), YPitch, dx, XPitch, false, default);

    private BFloat16* RowsOfDy(int rows, float* memory) => (BFloat16*)(memory + ((rows + 1) / 2 * XPitch));

    private uint* PairsOfDy(int rows, float* memory) => (uint*)memory + ((rows + 1) / 2 * (XPitch + YPitch));
}
