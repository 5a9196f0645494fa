using Graft.Kernels;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Tensors;

namespace Graft.Inference.Runners;

/// <summary>Runs a <see cref="PictureNormStep"/>: the moments of the picture's pieces, then the factors, then one pass that applies them and the activation.</summary>
internal sealed unsafe class PictureNormRunner : Runner
{
    private const int BlockFloats = 1 << 13;

    private const int MostPieces = 16;

    private readonly PictureRule rule;
    private readonly Clamp clamp;
    private readonly int pixels, channels, pieces;

    public PictureNormRunner(Network network, PictureNormStep step, Shape input)
    {
        channels = input[^1];
        pixels = channels == 0 ? 0 : (int)(input.Count / channels);
        pieces = Math.Clamp(pixels * channels / BlockFloats, 1, MostPieces);
        clamp = step.Clamp;
        rule = PictureRule.Of(step.Node.Operation, channels, usesBatch: false, name => Copy(network.Weight(step.Node, name)), _ => null)!;

        static Tensor Copy(Tensor weight) => new(weight.Shape, weight.Span);
    }

    /// <inheritdoc/>
    public override int SharedFloats => PictureTable.Floats(1, pieces, channels);

    /// <inheritdoc/>
    public override int Phases => 3;

    /// <inheritdoc/>
    public override int Chunks(int phase, int threads) => phase == 1 ? 1 : Math.Min(threads, pieces);

    /// <inheritdoc/>
    public override void Run(Frame frame, int phase, int chunk, int chunks, float* scratch)
    {
        PictureTable table = new(frame.Values[Shared], 1, pieces, pixels, channels);
        float* x = frame.Values[Inputs[0]], y = frame.Values[Output], pivot = x + ((nint)(pixels / 2) * channels);
        if (phase == 1)
        {
            if (rule.NeedsMoments && !table.SetMoments(0, pieces, pivot))
            {
                for (int piece = 1; piece < pieces; piece++) table.Clear(piece);
                Sum(table, 0, 0, pixels, x, table.Center(0));
                new ReadOnlySpan<float>(table.Center(0), channels).CopyTo(new Span<float>(table.Shift(0), channels));
                table.SetMoments(0, pieces, table.Shift(0));
            }

            rule.Forward(table, 0, 1);
            return;
        }

        (int first, int end) = Part(pieces, chunk, chunks);
        for (int piece = first; piece < end; piece++)
        {
            int from = (int)((long)pixels * piece / pieces), to = (int)((long)pixels * (piece + 1) / pieces);
            nint start = (nint)from * channels;
            if (phase == 2) CenteredKernel.Run(to - from, channels, new Rows(x + start, channels), table.Center(0), table.Scale(0), table.Shift(0), clamp, new Rows(y + start, channels));
            else if (rule.NeedsMoments) Sum(table, piece, from, to, x, pivot);
        }
    }

    private void Sum(in PictureTable table, int piece, int from, int to, float* x, float* pivot)
    {
        table.Clear(piece);
        int block = Math.Max(1, BlockFloats / Math.Max(1, channels));
        for (int pixel = from; pixel < to; pixel += block)
            MomentsKernel.Run(Math.Min(block, to - pixel), channels, new Rows(x + ((nint)pixel * channels), channels), pivot, table.First(piece), table.Second(piece));
    }
}
