using Graft.Activations;
using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Plans;

namespace Graft.Operations.Normalization;

/// <summary>
/// Runs a normalization with statistics of an image or with running ones: the moments of the image's pieces, then the factors, then one pass that applies
/// them and the activation.
/// </summary>
internal sealed unsafe class NormInference : InferenceKernel
{
    private const int BlockFloats = 1 << 13;

    private const int MostPieces = 16;

    // That are summed up in float32.
    private const int MostRows = 128;

    private readonly NormFactors factors;
    private readonly Clamp clamp;
    private readonly ActivationFunction? function;
    private readonly int pixels, stylePixels, channels, pieces;

    /// <summary>Makes a kernel.</summary>
    /// <param name="factors">How factors come from moments.</param>
    /// <param name="node">The node: the value that is normalized, and the one that the style is taken from, if there is one.</param>
    public NormInference(NormFactors factors, InferenceNode node)
    {
        this.factors = factors;
        channels = node.Output[^1];
        pixels = channels == 0 ? 0 : (int)(node.Inputs[0].Count / channels);
        stylePixels = node.Inputs.Length > 1 ? (int)(node.Inputs[1].Count / channels) : 0;
        pieces = Math.Clamp(pixels * channels / BlockFloats, 1, MostPieces);
        (clamp, function) = (node.Epilogue.Clamp, node.Epilogue.Function);
    }

    /// <inheritdoc/>
    public override int SharedFloats => (stylePixels > 0 ? 2 : 1) * TableFloats;

    private int TableFloats => NormTable.Floats(1, pieces, channels);

    /// <inheritdoc/>
    public override int WorkerFloats => NormSumsKernel.ScratchFloats(channels);

    /// <inheritdoc/>
    public override int Phases => 3;

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => phase == 1 ? 1 : Math.Min(threads, pieces);

    /// <inheritdoc/>
    public override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
    {
        float* shared = buffers.Floats(Shared), x = buffers.Floats(Inputs[0]), s = buffers.Floats(Inputs[^1]), y = buffers.Floats(Output);
        NormTable table = new(shared, 1, pieces, channels) { StyleMemory = shared + TableFloats };
        if (phase == 1)
        {
            if (factors.NeedsMoments) SetMoments(table, x, pixels, scratch);
            if (stylePixels > 0) SetMoments(table.Style, s, stylePixels, scratch);
            factors.Forward(table, 0, 1);
            return;
        }

        (int first, int end) = Division.Share(pieces, chunk, chunks);
        for (int piece = first; piece < end; piece++)
        {
            (int from, int to) = Cut(pixels, piece);
            if (phase == 2) Apply(table, from, to, x, y);
            else if (factors.NeedsMoments) Sum(table, piece, from, to, x, Pivot(x, pixels), scratch);
            if (phase == 2 || stylePixels == 0) continue;
            (from, to) = Cut(stylePixels, piece);
            Sum(table.Style, piece, from, to, s, Pivot(s, stylePixels), scratch);
        }
    }

    private (int From, int To) Cut(int pixels, int piece) => ((int)((long)pixels * piece / pieces), (int)((long)pixels * (piece + 1) / pieces));

    /// <summary>What moments are summed up about: the pixel in the middle.</summary>
    private float* Pivot(float* x, int pixels) => x + ((nint)(pixels / 2) * channels);

    private void Apply(in NormTable table, int from, int to, float* x, float* y)
    {
        nint start = (nint)from * channels;
        CenteredKernel.Run(new Centered
        {
            Count = to - from,
            Channels = channels,
            X = new StridedRows(x + start, channels),
            Center = table.Center(0),
            Scale = table.Scale(0),
            Shift = table.Shift(0),
            Clamp = clamp,
            Y = new StridedRows(y + start, channels),
        });
        function?.Run(to - from, channels, new StridedRows(y + start, channels));
        if (factors.Tau != null) TluKernel.Run(to - from, channels, factors.Tau, y + start);
    }

    private void SetMoments(NormTable table, float* x, int pixels, float* scratch)
    {
        if (Set(Pivot(x, pixels))) return;

        // Once more about the mean that was found.
        for (int piece = 1; piece < pieces; piece++) table.ClearMoments(piece);
        Sum(table, 0, 0, pixels, x, table.About(0), scratch);
        Set(table.About(0));

        bool Set(float* pivot)
        {
            table.AddUpMoments(0, pixels, pieces);
            return table.SetMoments(0, pivot, factors.Epsilon);
        }
    }

    private void Sum(in NormTable table, int piece, int from, int to, float* x, float* pivot, float* scratch)
    {
        table.ClearMoments(piece);
        int block = Math.Clamp(4 * BlockFloats / Math.Max(1, channels), 1, MostRows);
        for (int pixel = from; pixel < to; pixel += block)
        {
            NormSumsKernel.Moments(new NormSums
            {
                Count = Math.Min(block, to - pixel),
                Channels = channels,
                X = new StridedRows(x + ((nint)pixel * channels), channels),
                Center = pivot,
                First = table.MomentSum(piece),
                Second = table.SquareSum(piece),
                Scratch = scratch,
            });
        }
    }
}
