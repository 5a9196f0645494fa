using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Normalization;

/// <summary>
/// A normalization over the pixels of each image, alone or together with other statistics: one pass over x for its moments and one that applies the factors,
/// backward one over x and dy for their sums and one that applies the factors. Of many images each is one piece of work, both passes after each other while
/// it is in the cache; few images are cut into pieces, and all pieces are through the first pass before the second begins, as they are where the statistics
/// are those of the batch.
/// </summary>
internal sealed unsafe class NormTraining : TrainingKernel
{
    // A block is summed up in float32; what of x, dy and dx must be put somewhere stays in the second-level cache.
    private const int BlockFloats = 1 << 15, MostRows = 128;

    // From so many images on there are enough for every thread.
    private const int ManyImages = 8;

    // Within a part the next image is fetched ahead, so that few and long parts are better; memory keeps no more threads busy anyway.
    private const int WholeParts = 8;

    // Less is not worth a piece.
    private const int PieceFloats = 1 << 13;

    private readonly NormFactors factors;
    private readonly Tensor memory;
    private readonly NormTable table;
    private readonly int block;
    private readonly bool isLarge;
    private int count;

    /// <summary>Makes a kernel.</summary>
    /// <param name="factors">How factors come from moments.</param>
    /// <param name="node">The node: the value that is normalized, and the one that the style is taken from, if there is one.</param>
    public NormTraining(NormFactors factors, TrainingNode node)
        : base(node.Inputs, node.Output)
    {
        ActivationBuffer output = node.Output;
        int batch = node.Batch;
        this.factors = factors;
        int pieces = Math.Max(batch, Division.MostParts), floats = NormTable.Floats(batch, pieces, output.Channels);
        memory = new Tensor([Inputs.Length * floats]);
        table = new NormTable(memory.Pointer, batch, pieces, output.Channels) { StyleMemory = memory.Pointer + floats };
        block = Math.Clamp(BlockFloats / Math.Max(1, output.Channels), 1, MostRows);
        isLarge = (long)batch * output.ImageFloats * sizeof(float) > node.CacheBytes;
    }

    private InputUse Input => Inputs[0];

    private bool HasStyle => Inputs.Length > 1;

    private int StylePixels => HasStyle ? Inputs[1].Buffer.Pixels : 0;

    private int Channels => Output.Channels;

    private int BlockSize => Align(block * Channels);

    // x, dy and dx of a block, the pivot, and the sums of a block.
    public override int ScratchFloats => (3 * BlockSize) + Align(Channels) + NormSumsKernel.ScratchFloats(Channels);

    public override int ReduceChunks => 1;

    public override int Phases(int count) => Pieces(count) == 1 && !factors.NeedsBatch ? 1 : 3;

    public override int Parts(int count, int phase) => Phases(count) == 3 && phase == 1 ? 1 : Math.Min(count * Pieces(count), Phases(count) == 1 ? WholeParts : Division.MostParts);

    public override int Parts(int count) => Parts(count, 0);

    public override void Forward(in Work work)
    {
        bool isWhole = Phases(work.Count) == 1;
        if (work.Phase == 1) Gather(work, backward: false);
        else Pass(work, isWhole, isWhole || work.Phase == 0, isWhole || work.Phase == 2, backward: false);
    }

    public override void Backward(in Work work)
    {
        bool isWhole = Phases(work.Count) == 1;
        if (work.Phase == 1) Gather(work, backward: true);
        else Pass(work, isWhole, isWhole || work.Phase == 0, isWhole || work.Phase == 2, backward: true);
    }

    public override void Reduce(int chunk, int parts, float* partials) => factors.AddGradients(table, count);

    public override void FinishForward(int count, float? momentum)
    {
        this.count = count;
        factors.Track(table, count, momentum);
    }

    /// <summary>Into how many pieces each image is cut.</summary>
    private int Pieces(int count) => count >= ManyImages ? 1 : Math.Clamp(Output.ImageFloats / PieceFloats, 1, Division.MostParts / count);

    private void Pass(in Work work, bool isWhole, bool sums, bool applies, bool backward)
    {
        int pieces = Pieces(work.Count);

        // What was read last is still in the caches: the second pass begins there.
        bool isLast = work.Phase == 2;
        (int first, int end) = Division.Share(work.Count * pieces, isLast ? work.Parts - 1 - work.Part : work.Part, work.Parts);
        for (int i = first; i < end; i++)
        {
            int piece = isLast ? first + end - 1 - i : i, image = piece / pieces, index = piece % pieces;
            nint ahead = isWhole && i + 1 < end && Input.Buffer.IsPlain ? Output.ImageFloats : 0;
            (int from, int to) = Division.Share(Output.Pixels, index, pieces);
            (int styleFrom, int styleTo) = Division.Share(StylePixels, index, pieces);
            if (sums && backward)
            {
                Sum(work, image, piece, from, to);
            }
            else if (sums && factors.NeedsMoments)
            {
                SumMoments(work, Input.Buffer, table, piece, image, from, to, Pivot(Input.Buffer, image, work.Memory));
                if (HasStyle) SumMoments(work, Inputs[1].Buffer, table.Style, piece, image, styleFrom, styleTo, Pivot(Inputs[1].Buffer, image, work.Memory));
            }

            if (sums && pieces == 1) TakeSums(work, image, backward);
            if (applies && pieces == 1) SetFactors(image, image + 1, backward);
            if (applies && !backward)
            {
                Apply(work, image, from, to, ahead);
            }
            else if (applies)
            {
                ApplyGradient(work, image, from, to, ahead);
                if (HasStyle) ApplyStyleGradient(work, image, styleFrom, styleTo);
            }
        }
    }

    /// <summary>Between the passes, where they are apart: what the whole batch is needed for, and all of an image that is in pieces.</summary>
    private void Gather(in Work work, bool backward)
    {
        bool inPieces = Pieces(work.Count) > 1;
        for (int image = 0; inPieces && image < work.Count; image++) TakeSums(work, image, backward);
        if (factors.NeedsBatch && backward) factors.BeginBackward(table, work.Count);
        else if (factors.NeedsBatch) factors.BeginForward(table, work.Count);
        if (inPieces) SetFactors(0, work.Count, backward);
    }

    private void TakeSums(in Work work, int image, bool backward)
    {
        if (backward)
        {
            table.AddUpGradients(image, Pieces(work.Count));
        }
        else if (factors.NeedsMoments)
        {
            SetMoments(work, Input.Buffer, table, image);
            if (HasStyle) SetMoments(work, Inputs[1].Buffer, table.Style, image);
        }
    }

    private void SetFactors(int first, int end, bool backward)
    {
        if (backward) factors.Backward(table, first, end);
        else factors.Forward(table, first, end);
    }

    private void SetMoments(in Work work, ActivationBuffer buffer, NormTable table, int image)
    {
        int pieces = Pieces(work.Count);
        if (Set(Pivot(buffer, image, work.Memory))) return;

        // Once more about the mean that was found.
        for (int piece = (image * pieces) + 1; piece < (image + 1) * pieces; piece++) table.ClearMoments(piece);
        SumMoments(work, buffer, table, image * pieces, image, 0, buffer.Pixels, table.About(image));
        Set(table.About(image));

        bool Set(float* pivot)
        {
            table.AddUpMoments(image, buffer.Pixels, pieces);
            return table.SetMoments(image, pivot, factors.Epsilon);
        }
    }

    private void SumMoments(in Work work, ActivationBuffer buffer, in NormTable table, int piece, int image, int from, int to, float* pivot)
    {
        table.ClearMoments(piece);
        for (int pixel = from; pixel < to; pixel += block)
        {
            int rows = Math.Min(block, to - pixel);
            NormSumsKernel.Moments(new NormSums
            {
                Count = rows,
                Channels = Channels,
                X = Read(buffer, image, pixel, rows, work.Memory),
                Center = pivot,
                First = table.MomentSum(piece),
                Second = table.SquareSum(piece),
                Scratch = Sums(work.Memory),
            });
        }
    }

    private void Apply(in Work work, int image, int from, int to, nint ahead)
    {
        for (int rows = Rest(from, to); from < to; to -= rows, rows = block)
        {
            int pixel = to - rows, row = (image * Output.Pixels) + pixel;
            CenteredKernel.Run(new Centered
            {
                Count = rows,
                Channels = Channels,
                X = Read(Input.Buffer, image, pixel, rows, work.Memory),
                Center = table.Center(image),
                Scale = table.Scale(image),
                Shift = table.Shift(image),
                Clamp = Clamp.None,
                Floors = factors.Tau,
                Y = new StridedRows(Output.Data + ((nint)row * Channels), Channels),
                StoresNonTemporal = isLarge && Output.Norm is null,
                Ahead = ahead,
            });
            Output.Sum(work.Part, row, rows);
        }
    }

    private void Sum(in Work work, int image, int piece, int from, int to)
    {
        table.ClearGradients(piece);
        for (int pixel = from; pixel < to; pixel += block)
        {
            int rows = Math.Min(block, to - pixel);
            NormSumsKernel.Run(new NormSums
            {
                Count = rows,
                Channels = Channels,
                Dy = ReadGradient(image, pixel, rows, work.Memory),
                X = Read(Input.Buffer, image, pixel, rows, work.Memory),
                Center = table.About(image),
                Threshold = Thresholds(image),
                First = table.GradientSum(piece),
                Second = table.ProductSum(piece),
                Held = table.HeldSum(piece),
                Scratch = Sums(work.Memory),
            });
        }
    }

    private void ApplyGradient(in Work work, int image, int from, int to, nint ahead)
    {
        ActivationBuffer buffer = Input.Buffer;
        if (!buffer.NeedsGradient) return;
        bool isDirect = buffer.IsPlain && !Input.Accumulates;
        for (int rows = Rest(from, to); from < to; to -= rows, rows = block)
        {
            int pixel = to - rows, row = (image * Output.Pixels) + pixel;
            StridedRows dx = new(isDirect ? buffer.Gradient + ((nint)row * Channels) : work.Memory + (2 * BlockSize), Channels);
            CenteredKernel.Run(new CenteredGradient
            {
                Count = rows,
                Channels = Channels,
                Dy = ReadGradient(image, pixel, rows, work.Memory),
                X = Read(buffer, image, pixel, rows, work.Memory),
                Center = table.Center(image),
                K1 = table.K1(image),
                K2 = table.K2(image),
                K3 = table.K3(image),
                Threshold = Thresholds(image),
                Dx = dx,
                StoresNonTemporal = isLarge && isDirect,
                Ahead = ahead,
            });
            if (!isDirect) Input.AccumulateGradient(work.Part, row, rows, dx);
        }
    }

    private void ApplyStyleGradient(in Work work, int image, int from, int to)
    {
        ActivationBuffer buffer = Inputs[1].Buffer;
        if (!buffer.NeedsGradient) return;
        for (int pixel = from; pixel < to; pixel += block)
        {
            int rows = Math.Min(block, to - pixel), row = (image * buffer.Pixels) + pixel;
            StridedRows ds = new(work.Memory + (2 * BlockSize), Channels);
            CenteredKernel.Run(new Centered
            {
                Count = rows,
                Channels = Channels,
                X = Read(buffer, image, pixel, rows, work.Memory),
                Center = table.Style.Center(image),
                Scale = table.Style.K2(image),
                Shift = table.Style.K3(image),
                Clamp = Clamp.None,
                Y = ds,
            });
            Inputs[1].AccumulateGradient(work.Part, row, rows, ds);
        }
    }

    /// <summary>The rows of the last block, with which a second pass begins.</summary>
    private int Rest(int from, int to) => to > from ? ((to - from - 1) % block) + 1 : block;

    /// <summary>What moments are summed up about: the pixel in the middle.</summary>
    private float* Pivot(ActivationBuffer buffer, int image, float* scratch)
    {
        float* pivot = scratch + (3 * BlockSize);
        StridedRows pixel = Read(buffer, image, buffer.Pixels / 2, 1, scratch);
        new ReadOnlySpan<float>(pixel.Start, Channels).CopyTo(new Span<float>(pivot, Channels));
        return pivot;
    }

    private float* Sums(float* scratch) => scratch + (3 * BlockSize) + Align(Channels);

    private StridedRows Read(ActivationBuffer buffer, int image, int pixel, int rows, float* scratch)
    {
        int row = (image * buffer.Pixels) + pixel;
        if (buffer.IsPlain) return new StridedRows(buffer.Data + ((nint)row * Channels), Channels);
        StridedRows target = new(scratch, Channels);
        buffer.Load(row, rows, target);
        return target;
    }

    private TluThreshold Thresholds(int image) => new(table.Scale(image), table.Shift(image), factors.Tau);

    private StridedRows ReadGradient(int image, int pixel, int rows, float* scratch)
    {
        int row = (image * Output.Pixels) + pixel;
        if (Output.Norm is null) return new StridedRows(Output.Gradient + ((nint)row * Channels), Channels);
        StridedRows target = new(scratch + BlockSize, Channels);
        Output.LoadGradient(row, rows, target);
        return target;
    }
}
