using Graft.Plans;
using Graft.Activations;
using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;

namespace Graft.Operations.Normalization;

/// <summary>Runs a a normalization over pictures: the moments of the picture's pieces, then the factors, then one pass that applies them and the activation.</summary>
internal sealed unsafe class PictureNormInference : InferenceKernel
{
    private const int BlockFloats = 1 << 13;

    private const int MostPieces = 16;

    // That are summed up in float32.
    private const int MostRows = 128;

    private readonly PictureRule rule;
    private readonly Clamp clamp;
    private readonly ActivationFunction? function;
    private readonly int pixels, stylePixels, channels, pieces;

    /// <summary>Makes a kernel.</summary>
    /// <param name="rule">How factors come from moments.</param>
    /// <param name="node">The node: the value that is normalized, and the one that the style is taken from, if there is one.</param>
    public PictureNormInference(PictureRule rule, InferenceNode node)
    {
        this.rule = rule;
        channels = node.Output[^1];
        pixels = channels == 0 ? 0 : (int)(node.Inputs[0].Count / channels);
        stylePixels = node.Inputs.Length > 1 ? (int)(node.Inputs[1].Count / channels) : 0;
        pieces = Math.Clamp(pixels * channels / BlockFloats, 1, MostPieces);
        (clamp, function) = (node.Epilogue.Clamp, node.Epilogue.Function);
    }

    /// <inheritdoc/>
    public override int SharedFloats => (stylePixels > 0 ? 2 : 1) * TableFloats;

    private int TableFloats => PictureTable.Floats(1, pieces, channels);

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
        PictureTable table = new(shared, 1, pieces, pixels, channels), style = stylePixels > 0 ? new(shared + TableFloats, 1, pieces, stylePixels, channels) : default;
        if (phase == 1)
        {
            if (rule.NeedsMoments) SetMoments(table, x, scratch);
            if (stylePixels > 0)
            {
                SetMoments(style, s, scratch);
                table.SetStyle(0, style);
            }

            rule.Forward(table, 0, 1);
            return;
        }

        (int first, int end) = Division.Share(pieces, chunk, chunks);
        for (int piece = first; piece < end; piece++)
        {
            (int from, int to) = Cut(pixels, piece);
            if (phase == 2) Apply(table, from, to, x, y);
            else if (rule.NeedsMoments) Sum(table, piece, from, to, x, Pivot(table, x), scratch);
            if (phase == 2 || stylePixels == 0) continue;
            (from, to) = Cut(stylePixels, piece);
            Sum(style, piece, from, to, s, Pivot(style, s), scratch);
        }
    }

    private (int From, int To) Cut(int pixels, int piece) => ((int)((long)pixels * piece / pieces), (int)((long)pixels * (piece + 1) / pieces));

    /// <summary>What moments are summed up about: the pixel in the middle.</summary>
    private float* Pivot(in PictureTable table, float* x) => x + ((nint)(table.Pixels / 2) * channels);

    private void Apply(in PictureTable table, int from, int to, float* x, float* y)
    {
        nint start = (nint)from * channels;
        CenteredKernel.Run(to - from, channels, new Rows(x + start, channels), table.Center(0), table.Scale(0), table.Shift(0), clamp, new Rows(y + start, channels));
        function?.Run(to - from, channels, new Rows(y + start, channels));
        if (rule.Floors != null) FloorKernel.Run(to - from, channels, rule.Floors, y + start);
    }

    private void SetMoments(in PictureTable table, float* x, float* scratch)
    {
        if (table.SetMoments(0, pieces, Pivot(table, x))) return;

        // Once more about the mean that was found.
        float* pivot = table.Shift(0);
        new ReadOnlySpan<float>(table.Center(0), channels).CopyTo(new Span<float>(pivot, channels));
        for (int piece = 1; piece < pieces; piece++) table.Clear(piece);
        Sum(table, 0, 0, table.Pixels, x, pivot, scratch);
        table.SetMoments(0, pieces, pivot);
    }

    private void Sum(in PictureTable table, int piece, int from, int to, float* x, float* pivot, float* scratch)
    {
        table.Clear(piece);
        int block = Math.Clamp(4 * BlockFloats / Math.Max(1, channels), 1, MostRows);
        for (int pixel = from; pixel < to; pixel += block)
            NormSumsKernel.Moments(Math.Min(block, to - pixel), channels, new Rows(x + ((nint)pixel * channels), channels), pivot, table.First(piece), table.Second(piece), scratch);
    }
}
