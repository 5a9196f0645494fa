using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations.Convolution;

/// <summary>
/// A dense layer: a row for each image, so few that the weights are most of what is read and written. The gradient of the weights is not added up by the parts in memory of their own, which would be several times that of
/// the weights, but at the end, for a few outputs at a time, where the sums of all parts fit into the cache.
/// </summary>
internal sealed unsafe class DenseTraining : ConvolutionTrainingKernel
{
    // Outputs of a piece of the gradient, which are the rows of a register tile; and the numbers of all parts that are worked on at once.
    private const int ChunkOutputs = 8, ChunkFloats = 1 << 14, MostParts = 4, BlockRows = 28;

    private readonly PackedPanels forward;
    private readonly PackedPanels? backward;
    private readonly BiasSum biasSum;
    private readonly Tensor x, dy;
    private readonly int depth, outputs, xPitch, dyPitch;
    private int count;

    public DenseTraining(Conv2d convolution, TrainingNode node)
        : base(convolution, node)
    {
        (depth, outputs) = (Geometry.Channels, Geometry.OutChannels);
        WeightBlock block = new(Math.Max(1024, 2 * (depth + 64) * (outputs + 64)));
        forward = new PackedPanels(outputs, depth, block);
        if (Input.Buffer.NeedsGradient) backward = new PackedPanels(depth, outputs, block);
        biasSum = new BiasSum(BiasGradient, outputs, Division.MostParts);
        (xPitch, dyPitch) = (Pitch(depth), Pitch(outputs));
        (x, dy) = (new Tensor([node.Batch, xPitch]), new Tensor([node.Batch, dyPitch]));
    }

    public override int ScratchFloats => BlockRows * xPitch;

    public override int ReduceChunks => WeightGradient is not null ? (outputs + ChunkOutputs - 1) / ChunkOutputs : BiasGradient is not null ? 1 : 0;

    public override int PackChunks => HasEffectiveWeight ? 1 : 2;

    /// <summary>Whether a convolution is one.</summary>
    public static bool Fits(in WindowGeometry g) => g is { Kernel: 1, Stride: 1, Groups: 1, Top: 0, Left: 0, Height: 1, Width: 1, OutHeight: 1, OutWidth: 1 };

    public override int Parts(int images) => Division.Parts(images, MostParts);

    protected override void PackWeights(int chunk)
    {
        if (chunk == PackChunks - 1) backward?.Fill(Weight.Pointer, 1, depth);
        if (chunk > 0) return;
        forward.Fill(Weight.Pointer, depth, 1);
        if (Bias is not null) forward.FillBias(Bias.Span);
    }

    public override void Forward(in Work work)
    {
        (int first, int end) = Images(work);
        Input.Buffer.Load(first, end - first, X(first));
        Multiply(forward, X(first), end - first, depth, new StridedRows(Output.Data + ((nint)first * outputs), outputs));
        Output.Sum(work.Part, first, end - first);
    }

    public override void Backward(in Work work)
    {
        (int first, int end) = Images(work);
        int rows = end - first;
        StridedRows gradient = Dy(first);
        count = work.Count;
        biasSum.Clear(work.Part);
        Output.LoadGradient(first, rows, gradient);
        biasSum.Add(work.Part, rows, gradient);
        if (WeightGradient is not null) Input.Buffer.Load(first, rows, X(first));
        if (backward is null) return;
        for (int row = first; row < end; row += BlockRows)
        {
            int block = Math.Min(BlockRows, end - row);
            StridedRows dx = new(work.Memory, xPitch);
            Multiply(backward, Dy(row), block, outputs, dx);
            Input.AccumulateGradient(work.Part, row, block, dx);
        }
    }

    public override void Reduce(int chunk, int parts, float* partials)
    {
        if (chunk == 0) biasSum.Reduce(parts);
        if (WeightGradient is null) return;
        int first = chunk * ChunkOutputs, rows = Math.Min(ChunkOutputs, outputs - first), width = ChunkFloats / (parts * ChunkOutputs);
        float* sums = stackalloc float[ChunkFloats];
        for (int k = 0; k < depth; k += width)
        {
            int columns = Math.Min(width, depth - k);
            for (int part = 0; part < parts; part++)
            {
                (int image, int end) = Division.Share(count, part, parts);
                float* sum = sums + (part * ChunkOutputs * width);
                new Span<float>(sum, ChunkOutputs * width).Clear();
                WeightGradientKernel.Run(new WeightGradient { Rows = end - image, Depth = rows, Outputs = columns, X = Dy(image).Start + first, XStride = dyPitch, Dy = X(image).Start + k, DyStride = xPitch, Dw = sum, DwStride = width });
            }

            PartialSumKernel.AddRows(rows, columns, parts, sums, ChunkOutputs * width, width, WeightGradient.Pointer + ((nint)first * depth) + k, depth);
        }
    }

    private StridedRows X(int image) => new(x.Pointer + ((nint)image * xPitch), xPitch);

    private StridedRows Dy(int image) => new(dy.Pointer + ((nint)image * dyPitch), dyPitch);

    private static void Multiply(PackedPanels panels, StridedRows source, int rows, int depth, StridedRows target)
    {
        PanelCall call = new()
        {
            Source = source.Start,
            SourceStride = source.RowStride,
            Rows = rows,
            Segments = 1,
            SegmentLength = depth,
            Target = target.Start,
            TargetStride = target.RowStride,
            TargetPlaneStride = target.PlaneStride,
            IsBare = true,
        };
        Panels.Run(panels, 0, panels.Count, call);
    }
}
