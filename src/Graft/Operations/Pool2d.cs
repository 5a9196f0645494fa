using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>Pooling over a square window.</summary>
[OperationName("max_pool")]
[OperationName("average_pool")]
public sealed record Pool2d : Operation
{
    /// <summary>Makes a pooling.</summary>
    /// <param name="function">What a window gives.</param>
    /// <param name="kernel">The side of the window.</param>
    public Pool2d(PoolFunction function, int kernel) => (Function, Kernel) = (function, kernel);

    /// <summary>What a window gives.</summary>
    public PoolFunction Function { get; init; }

    /// <summary>The side of the window.</summary>
    public int Kernel { get; init => field = Require.Positive(value, nameof(Kernel)); }

    /// <summary>The step between windows.</summary>
    public int Stride { get; init => field = Require.Positive(value, nameof(Stride)); } = 1;

    /// <summary>The border around the image; at most half the window.</summary>
    public Padding Padding { get; init; }

    /// <inheritdoc/>
    public override string Label => $"{(Function == PoolFunction.Max ? "max" : "average")} pool {Kernel}x{Kernel}{(Stride > 1 ? $" /{Stride}" : "")}";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        Shape input = Image(inputs[0], Label);
        if (2 * Padding.Largest > Kernel) throw new NetworkException($"Pooling takes a padding of at most half its window of {Kernel}, not {Padding}.");
        (int height, int width) = Window.Output(input, Kernel, Stride, dilation: 1, Padding);
        return [input[0], height, width, input[3]];
    }

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Same;

    internal static Pool2d Read(FieldReader fields) => new(fields.Name == "max_pool" ? PoolFunction.Max : PoolFunction.Average, fields.Int("kernel", 1, FieldReader.LargestKernel))
    {
        Stride = fields.Int("stride", 1, FieldReader.LargestStep, absent: 1),
        Padding = fields.Padding(),
    };

    internal override void Write(FieldWriter fields)
    {
        fields.Name(Function == PoolFunction.Max ? "max_pool" : "average_pool");
        fields.Int("kernel", Kernel);
        fields.Int("stride", Stride, absent: 1);
        fields.Padding(Padding);
    }

    internal override void Reference(ReferenceNode node) => PoolKernel.Reference(WindowGeometry.Of(this, node.Shape), Function, node.X, node.Y);

    internal override void ReferenceBackward(ReferenceNode node) => PoolKernel.BackwardReference(WindowGeometry.Of(this, node.Shape), Function, node.X, node.Dy, node.Dx);

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => EpilogueParts.Activation;

    internal override InferenceKernel Infer(InferenceNode node) => new Inference(this, node);

    internal override TrainingKernel Train(TrainingNode node) => new Training(this, node);

    private sealed unsafe class Inference(Pool2d pool, InferenceNode node) : UnitKernel(node, node.Output[1])
    {
        private readonly WindowGeometry geometry = WindowGeometry.Of(pool, node.Inputs[0]);

        protected override void Compute(float** x, float* y, int first, int end, float* scratch) => PoolKernel.Run(geometry, pool.Function, x[0], y, first, end);
    }

    private sealed unsafe class Training(Pool2d pool, TrainingNode node) : BlockKernel(node, isLocal: false)
    {
        private readonly WindowGeometry geometry = WindowGeometry.Of(pool, node.InputShapes[0]);

        protected override void Forward(in Block block, float** x, float* y) => PoolKernel.Run(geometry, pool.Function, x[0], y, 0, geometry.OutHeight);

        protected override float* Backward(in Block block, int input, float** x, float* dy, float* dx)
        {
            PoolKernel.Backward(geometry, pool.Function, x[0], dy, dx);
            return dx;
        }
    }
}
