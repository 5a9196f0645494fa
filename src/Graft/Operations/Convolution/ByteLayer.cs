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
        ByteGrid input = node.Grids[0]!.Value;
        if (epilogue.Grid is { } grid) bounds = epilogue.Bounds;
        panels = new BytePanels(WeightsOf(layer, node), input, Step(epilogue), node.Block);
        if (epilogue.HasResidual) sum = ByteSum.Of(epilogue.Inner!.Value, node.Grids[^1]!.Value, epilogue.Grid!.Value, bounds);
    }

    /// <summary>The packed weights.</summary>
    public BytePanels Panels => panels;

    /// <summary>The bytes of a result's row.</summary>
    public int RowBytes => panels.Outputs * (epilogue.Grid is null ? sizeof(float) : 1);

    /// <summary>The memory that <see cref="Run"/> needs.</summary>
    public static int ScratchFloats => 2 * BlockRows * BytePanels.Width;

    // Whether bytes come straight out of a tile.
    private bool IsPlain => epilogue is { Grid: not null, HasResidual: false, Function: null };

    /// <summary>The step of what sums are multiplied to.</summary>
    public static double Step(Epilogue epilogue) => epilogue.HasResidual ? epilogue.Inner!.Value.Scale : epilogue is { Grid: { } grid, Function: null } ? grid.Scale : 1;

    /// <summary>A layer's weights as whole numbers, convolutions' with the channels last.</summary>
    public static ByteWeights WeightsOf(ILinearLayer layer, InferenceNode node)
    {
        Tensor weight = node.Weight("weight"), scales = node.Weight(QuantizedWeight.Scale);
        Shape shape = weight.Shape;
        float[] ordered = shape.Rank == 4 ? new FoldedWeights(weight.Span.ToArray(), []).ChannelsLast(shape) : weight.Span.ToArray();
        sbyte[] values = new sbyte[ordered.Length];
        RowGridKernel.Whole(ordered, scales.Span, values);
        return new ByteWeights(values, scales.Span.ToArray(), layer.HasBias ? node.Weight("bias").Span.ToArray() : new float[shape[0]]);
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
            if (panel + 1 < endPanel) Fetch(ref call, panel + 1, rows.Rows * rows.Groups);
            for (int group = 0; group < rows.Groups; group++)
            {
                nint done = (nint)group * rows.Rows;
                call.Source = rows.Start + (group * rows.GroupStride);
                if (IsPlain) Bytes(panel, rows.Rows, call, target + (done * RowBytes));
                else Sums(panel, rows.Rows, call, target + (done * RowBytes), residual == null ? null : residual + (done * panels.Outputs), scratch);
                call.Ahead += rows.Rows / TileRows * panels.Steps * call.AheadStep;
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
        else ClampKernel.Run(rows, outputs, new StoredRows(y, stride, ElementType.Float32), epilogue.Clamp, values);
        if (isFloat) return;
        for (int r = 0; r < rows; r++) QuantizeKernel.Run(outputs, epilogue.Grid!.Value, y + (r * stride), target + ((nint)r * panels.Outputs) + first);
    }

    // The next panel's weights come while this one is multiplied.
    private void Fetch(ref ByteCall call, int next, int rows)
    {
        nint steps = (nint)Math.Max(1, rows / TileRows) * panels.Steps, bytes = panels.BytesOf(next);
        call.Ahead = (byte*)panels.Weights(next);
        call.AheadStep = (bytes + steps - 1) / steps;
    }
}
