using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Quantization;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>The mean over height and width: <c>[batch, height, width, channels]</c> to <c>[batch, channels]</c>.</summary>
[OperationName("global_average_pool")]
public sealed record GlobalAveragePool : Operation
{
    /// <inheritdoc/>
    public override string Label => "global average pool";

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => [Image(inputs[0], Label)[0], inputs[0][3]];

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Same;

    internal static GlobalAveragePool Read(FieldReader fields) => new();

    internal override void Write(FieldWriter fields) => fields.Name("global_average_pool");

    internal override void Reference(ReferenceNode node) => GlobalAveragePoolKernel.Reference(node.Batch, node.Pixels, node.Channels, node.X, node.Y);

    internal override void ReferenceBackward(ReferenceNode node) => GlobalAveragePoolKernel.BackwardReference(node.Batch, node.Pixels, node.Channels, node.Dy, node.Dx);

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => EpilogueParts.Activation;

    internal override ByteUse OnBytes(ReadOnlySpan<Shape> inputs) => UnitKernel.Pixels(inputs[0]) <= ByteMeanKernel.MostPixels ? ByteUse.ToAny : ByteUse.None;

    internal override InferenceKernel Infer(InferenceNode node) => node.IsOnBytes ? new OfBytes(node) : new Inference(node);

    internal override TrainingKernel Train(TrainingNode node) => new Training(node);

    private sealed unsafe class Inference(InferenceNode node) : UnitKernel(node, 1)
    {
        private readonly int pixels = Pixels(node.Inputs[0]), channels = node.Output[^1];

        protected override void Compute(float** x, float* y, int first, int end, float* scratch) => GlobalAveragePoolKernel.Run(pixels, channels, x[0], y);
    }

    private sealed unsafe class OfBytes : InferenceKernel
    {
        private readonly int pixels, channels;
        private readonly Epilogue epilogue;
        private readonly ByteTerm term;

        public OfBytes(InferenceNode node)
        {
            (pixels, channels, epilogue) = (UnitKernel.Pixels(node.Inputs[0]), node.Output[^1], node.Epilogue);
            ByteGrid input = node.Grids[0];
            term = new ByteTerm(pixels * input.ZeroPoint, input.Scale / pixels);
        }

        public override ElementType OutputType => epilogue.OutputType;

        public override int WorkerFloats => Align(channels);

        public override int Chunks(int phase, int threads) => 1;

        public override void Run(BufferTable buffers, int phase, int chunk, int chunks, float* scratch)
        {
            float* means = epilogue.Grid is null ? buffers.Floats(Output) : scratch;
            ByteMeanKernel.Run(pixels, channels, term, buffers.Bytes(Inputs[0]), means);
            epilogue.Activation.Run(channels, means, means);
            if (epilogue.Grid is { } grid) QuantizeKernel.Run(channels, grid, means, buffers.Bytes(Output));
        }
    }

    private sealed unsafe class Training(TrainingNode node) : BlockKernel(node, isLocal: false)
    {
        protected override bool ReadsInputs => false;

        protected override void Forward(in Block block, float** x, float* y) => GlobalAveragePoolKernel.Run(Inputs[0].Buffer.Pixels, block.Channels, x[0], y);

        protected override float* Backward(in Block block, int input, float** x, float* dy, float* dx)
        {
            GlobalAveragePoolKernel.Backward(Inputs[0].Buffer.Pixels, block.Channels, dy, dx);
            return dx;
        }
    }
}
