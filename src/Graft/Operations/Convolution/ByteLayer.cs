using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Quantization;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>A layer of quantized weights on rows of bytes: the exact sums of a matrix product, and what becomes of them: bytes, bytes with a residual added, or numbers.</summary>
internal sealed unsafe class ByteLayer
{
    // Rows whose sums go through memory stay in the first-level cache.
    private const int BlockRows = 56, TileRows = 14;

    // Threads share rows where each gets as many pixels: weights are then read by all of them, but come from the cache for most.
    private const int PixelsPerChunk = 84;

    private readonly BytePanels panels;
    private readonly Epilogue epilogue;
    private readonly ByteSum? sum;
    private readonly (byte Low, byte High) bounds;

    /// <summary>Packs a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="node">Its weights, and what is done at its end.</param>
    public ByteLayer(ILinearLayer layer, InferenceNode node)
    {
        epilogue = node.Epilogue;
        if (epilogue.Grid is not null) bounds = epilogue.Bounds;
        panels = new BytePanels(WeightsOf(layer, node), node.Grids[0], Step(epilogue), node.Block);
        if (epilogue.HasResidual) sum = ByteSum.Of(epilogue.Inner!.Value, node.Grids[^1], epilogue.Grid!.Value, bounds);
    }

    /// <summary>The packed weights.</summary>
    public BytePanels Panels => panels;

    /// <summary>The bytes of a result's row.</summary>
    public int RowBytes => panels.Outputs * (epilogue.Grid is null ? sizeof(float) : 1);

    /// <summary>The memory that <see cref="Run"/> needs.</summary>
    public static int ScratchFloats => 2 * BlockRows * BytePanels.Width;

    // Whether bytes come straight out of a tile.
    private bool IsPlain => epilogue is { Grid: not null, HasResidual: false, Function: null } && panels.AreWhole;

    /// <summary>The step of what sums are multiplied to.</summary>
    public static double Step(Epilogue epilogue) => epilogue.HasResidual ? epilogue.Inner!.Value.Scale : epilogue is { Grid: { } grid, Function: null } ? grid.Scale : 1;

    /// <summary>The grid of bytes that come out, where numbers are in steps of <see cref="Step"/>.</summary>
    public static ByteGrid GridInSteps(Epilogue epilogue) => epilogue.Function is null ? epilogue.Grid!.Value with { Scale = 1 } : epilogue.Grid!.Value;

    /// <summary>A layer's weights as whole numbers, convolutions' with the channels last, for the bytes that it reads.</summary>
    public static ByteWeights WeightsOf(ILinearLayer layer, InferenceNode node)
    {
        Tensor weight = node.Weight("weight"), scales = node.Weight(QuantizedWeight.Scale);
        Shape shape = weight.Shape;
        float[] ordered = shape.Rank == 4 ? new FoldedWeights(weight.Span.ToArray(), []).ChannelsLast(shape) : weight.Span.ToArray();
        sbyte[] values = new sbyte[ordered.Length];
        RowGridKernel.Whole(ordered, scales.Span, values);
        return new ByteWeights(values, scales.Span.ToArray(), layer.HasBias ? node.Weight("bias").Span.ToArray() : new float[shape[0]]).ScaledToBias(node.Grids[0]);
    }

    /// <summary>Into how many chunks an output is cut for a number of threads: by rows where there are enough, else by panels.</summary>
    /// <param name="height">The rows of the output.</param>
    /// <param name="width">The pixels of a row.</param>
    /// <param name="threads">The number of threads.</param>
    public int Chunks(int height, int width, int threads) => Math.Min(threads, SplitsRows(height, width, threads) ? height : panels.Count);

    /// <summary>The rows and panels of a chunk.</summary>
    /// <param name="height">The rows of the output.</param>
    /// <param name="width">The pixels of a row.</param>
    /// <param name="chunk">The chunk.</param>
    /// <param name="chunks">The number of chunks.</param>
    public (int First, int End, int FirstPanel, int EndPanel) Share(int height, int width, int chunk, int chunks)
    {
        (int first, int end) = Division.Share(SplitsRows(height, width, chunks) ? height : panels.Count, chunk, chunks);
        return SplitsRows(height, width, chunks) ? (first, end, 0, panels.Count) : (0, height, first, end);
    }

    /// <summary>Computes some rows for some panels.</summary>
    /// <param name="rows">The rows of bytes.</param>
    /// <param name="target">The first row of the results.</param>
    /// <param name="residual">The first row of what is added, or null.</param>
    /// <param name="firstPanel">The first panel.</param>
    /// <param name="endPanel">One past the last.</param>
    /// <param name="scratch">Room for <see cref="ScratchFloats"/>.</param>
    public void Run(in ByteRows rows, byte* target, byte* residual, int firstPanel, int endPanel, float* scratch)
    {
        for (int panel = firstPanel; panel < endPanel; panel++)
        {
            ByteCall call = Call(panels, panel, rows);
            if (panel + 1 < endPanel) Fetch(ref call, panel + 1, TilesOf(rows.Rows) * rows.Groups);
            for (int group = 0; group < rows.Groups; group++)
            {
                nint done = (nint)group * rows.Rows;
                call.Source = rows.Start + (group * rows.GroupStride);
                if (IsPlain) Bytes(panel, rows.Rows, call, target + (done * RowBytes));
                else Sums(panel, rows.Rows, call, target + (done * RowBytes), residual == null ? null : residual + (done * panels.Outputs), scratch);
                Advance(ref call, rows.Rows);
            }
        }
    }

    /// <summary>A product of a panel with rows, of which the first is the caller's.</summary>
    public static ByteCall Call(BytePanels panels, int panel, in ByteRows rows)
    {
        ByteCall call = panels.Call(panel);
        (call.SourceStride, call.Segments, call.SegmentStride) = (rows.Stride, rows.Segments, rows.SegmentStride);
        call.Steps /= rows.Segments;
        return call;
    }

    private void Bytes(int panel, int rows, ByteCall call, byte* target)
    {
        call.Target = target + BytePanels.First(panel);
        call.TargetStride = RowBytes;
        (call.ZeroPoint, call.Low, call.High) = (epilogue.Grid!.Value.ZeroPoint, bounds.Low, bounds.High);
        ByteKernel.Multiply(panels.IsWhole(panel) ? ByteEnd.Bytes : ByteEnd.SomeBytes, panels.Vectors(panel), rows, call);
    }

    private void Sums(int panel, int rows, ByteCall call, byte* target, byte* residual, float* scratch)
    {
        int width = panels.Vectors(panel) * ByteKernel.Lanes;
        byte* source = call.Source;
        call.Target = (byte*)scratch;
        call.TargetStride = width * sizeof(int);
        for (int row = 0; row < rows; row += BlockRows)
        {
            int count = Math.Min(BlockRows, rows - row);
            call.Source = source + (row * call.SourceStride);
            ByteKernel.Multiply(ByteEnd.Sums, panels.Vectors(panel), count, call);
            Finish(panel, count, (int*)scratch, width, target + ((nint)row * RowBytes), residual == null ? null : residual + ((nint)row * panels.Outputs), scratch + (BlockRows * BytePanels.Width));
            Advance(ref call, count);
        }
    }

    private void Finish(int panel, int rows, int* sums, int width, byte* target, byte* residual, float* numbers)
    {
        int first = BytePanels.First(panel), outputs = panels.OutputsOf(panel);
        float* multipliers = panels.Multipliers + first;
        if (sum is { } added)
        {
            ByteSumKernel.Add(rows, outputs, sums, width, multipliers, added, residual + first, target + first, panels.Outputs);
            return;
        }

        bool isFloat = epilogue.Grid is null;
        float* y = isFloat ? (float*)target + first : numbers;
        nint stride = isFloat ? panels.Outputs : width;
        ByteSumKernel.ToFloat(rows, outputs, sums, width, multipliers, y, stride);
        StridedRows values = new(y, stride);
        if (epilogue.Function is { } function) function.Run(rows, outputs, values);
        else if (isFloat) ClampKernel.Run(rows, outputs, new StoredRows(y, stride, ElementType.Float32), epilogue.Clamp, values);
        if (isFloat) return;
        ByteGrid grid = GridInSteps(epilogue);
        for (int r = 0; r < rows; r++) QuantizeKernel.Run(outputs, grid, bounds, y + (r * stride), target + ((nint)r * panels.Outputs) + first);
    }

    // The next panel's weights come while this one is multiplied.
    private void Fetch(ref ByteCall call, int next, int tiles)
    {
        nint steps = (nint)tiles * panels.Steps, bytes = panels.BytesOf(next);
        call.Ahead = (byte*)panels.Weights(next);
        call.AheadStep = (bytes + steps - 1) / steps;
    }

    // What some rows have fetched.
    private void Advance(ref ByteCall call, int rows) => call.Ahead += (nint)TilesOf(rows) * panels.Steps * call.AheadStep;

    private static int TilesOf(int rows) => Math.Max(1, rows / TileRows);

    private static bool SplitsRows(int height, int width, int chunks) => height >= 2 * chunks && (long)height * width >= PixelsPerChunk * chunks;
}
