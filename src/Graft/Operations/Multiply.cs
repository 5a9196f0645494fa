using Graft.Kernels.Elementwise;
using Graft.Kernels.Quantization;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>
/// The product of two values: of one shape, element by element, or of an image with a factor for each of its channels, the same for all pixels: y[n, i, j, c] = x[n, i, j, c] s[n, c], the excitation of
/// squeeze-and-excitation (Hu et al. 2017, arXiv:1709.01507, equation 4).
/// </summary>
/// <remarks>The factors are <c>[batch, channels]</c> or <c>[batch, 1, 1, channels]</c>, and may come first or second. Gradients reach both.</remarks>
[OperationName("multiply")]
public sealed record Multiply : Operation
{
    /// <inheritdoc/>
    public override string Label => "multiply";

    /// <inheritdoc/>
    public override int Arity => 2;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs)
    {
        if (inputs[0] == inputs[1]) return inputs[0];
        for (int image = 0; image < 2; image++)
            if (inputs[image].Rank == 4 && IsFactors(inputs[1 - image], inputs[image])) return inputs[image];
        throw new NetworkException($"A multiplication takes two values of one shape, or an image and a factor for each of its channels, not {inputs[0]} and {inputs[1]}.");
    }

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Same;

    internal static Multiply Read(FieldReader fields) => new();

    internal override void Write(FieldWriter fields) => fields.Name("multiply");

    internal override void Reference(ReferenceNode node)
    {
        (int image, int rows, int channels) = Arrangement(node.Inputs[0].Shape, node.Inputs[1].Shape);
        MultiplyKernel.Reference(rows, channels, node.Inputs[image].Span, node.Inputs[1 - image].Span, node.Y);
    }

    internal override void ReferenceBackward(ReferenceNode node)
    {
        (int image, int rows, int channels) = Arrangement(node.Inputs[0].Shape, node.Inputs[1].Shape);
        MultiplyKernel.BackwardReference(rows, channels, node.Inputs[image].Span, node.Inputs[1 - image].Span, node.Dy, node.InputGradients[image].Span, node.InputGradients[1 - image].Span);
    }

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => EpilogueParts.Activation;

    internal override ByteUse OnBytes(ReadOnlySpan<Shape> inputs) => ByteUse.ToBytes;

    internal override InferenceKernel Infer(InferenceNode node) => node.IsOnBytes ? new OfBytes(node) : new Inference(node);

    internal override TrainingKernel Train(TrainingNode node) => new Training(node);

    private static bool IsFactors(Shape shape, Shape image) => shape[0] == image[0] && shape[^1] == image[3] && shape.Count == (long)image[0] * image[3];

    /// <summary>Which input is the image, and the rows and channels that a factor stands for.</summary>
    private static (int Image, int Rows, int Channels) Arrangement(Shape first, Shape second)
    {
        int image = first.Count >= second.Count ? 0 : 1;
        Shape shape = image == 0 ? first : second;
        int floats = shape[0] == 0 ? 0 : (int)(shape.Count / shape[0]);
        return first.Count == second.Count ? (0, 1, floats) : (image, floats / shape[^1], shape[^1]);
    }

    private sealed unsafe class Inference : UnitKernel
    {
        private readonly int image, rows, channels;

        public Inference(InferenceNode node)
            : base(node, Pixels(node.Output))
        {
            (image, rows, _) = Arrangement(node.Inputs[0], node.Inputs[1]);
            channels = node.Output[^1];
        }

        protected override void Compute(float** x, float* y, int first, int end, float* scratch)
        {
            nint start = (nint)first * channels;
            if (rows == 1) MultiplyKernel.Run((end - first) * channels, x[0] + start, x[1] + start, y + start);
            else MultiplyKernel.RunRows(end - first, channels, x[image] + start, x[1 - image], y + start);
        }
    }

    private sealed unsafe class OfBytes : ByteUnitKernel
    {
        private readonly int image, rows, channels;
        private readonly ByteProduct product;

        public OfBytes(InferenceNode node)
            : base(node, UnitKernel.Pixels(node.Output))
        {
            (image, rows, _) = Arrangement(node.Inputs[0], node.Inputs[1]);
            channels = node.Output[^1];
            product = ByteProduct.Of(node.Grids[image], node.Grids[1 - image], node.Epilogue.Grid!.Value, node.Epilogue.Bounds);
        }

        protected override void Compute(BufferTable buffers, int first, int end)
        {
            nint start = (nint)first * channels;
            byte* factors = buffers.Bytes(Inputs[1 - image]);
            ByteMultiplyKernel.Run(end - first, channels, product, buffers.Bytes(Inputs[image]) + start, rows == 1 ? factors + start : factors, rows == 1 ? channels : 0, buffers.Bytes(Output) + start);
        }
    }

    private sealed unsafe class Training : BlockKernel
    {
        private readonly int image, rows;

        public Training(TrainingNode node)
            : base(node, isLocal: node.InputShapes[0].Count == node.InputShapes[1].Count) => (image, rows, _) = Arrangement(node.InputShapes[0], node.InputShapes[1]);

        protected override void Forward(in Block block, float** x, float* y)
        {
            if (rows == 1) MultiplyKernel.Run(block.Count, x[0], x[1], y);
            else MultiplyKernel.RunRows(block.Rows, block.Channels, x[image], x[1 - image], y);
        }

        protected override float* Backward(in Block block, int input, float** x, float* dy, float* dx)
        {
            if (rows == 1) MultiplyKernel.Run(block.Count, dy, x[1 - input], dx);
            else if (input == image) MultiplyKernel.RunRows(block.Rows, block.Channels, dy, x[1 - image], dx);
            else MultiplyKernel.SumRows(block.Rows, block.Channels, x[image], dy, dx);
            return dx;
        }
    }
}
