using Graft.Kernels.Convolution;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>Enlarges or shrinks an image to a fixed size, without antialiasing. Features <c>[batch, channels]</c> are an image of one pixel, and become one whose pixels are all the same.</summary>
[OperationName("resize")]
public sealed record Resize : Operation
{
    private static readonly string[] ModeNames = ["nearest", "bilinear"];

    /// <summary>Makes a resize.</summary>
    /// <param name="height">The output's height.</param>
    /// <param name="width">The output's width.</param>
    /// <param name="mode">How values between pixels are found.</param>
    public Resize(int height, int width, ResizeMode mode) => (Height, Width, Mode) = (height, width, mode);

    /// <summary>The output's height.</summary>
    public int Height { get; init => field = Require.Positive(value, nameof(Height)); }

    /// <summary>The output's width.</summary>
    public int Width { get; init => field = Require.Positive(value, nameof(Width)); }

    /// <summary>How values between pixels are found.</summary>
    public ResizeMode Mode { get; init; }

    /// <summary>
    /// The factors that places are mapped by; null where they are the output's sides over the input's. An image of 75 rows enlarged by 1.5 has 112 of them, and 112 / 75 is not 1.5:
    /// ONNX and PyTorch, where they are given factors, map by those. Where the input takes another size, the factors stay.
    /// </summary>
    public (float Height, float Width)? Scale
    {
        get;
        init => field = value is { } scale ? (Require.PositiveFinite(scale.Height, nameof(Scale)), Require.PositiveFinite(scale.Width, nameof(Scale))) : null;
    }

    /// <summary>
    /// Where the output is as large as the network's input, divided by this and rounded up, it says so, and the output follows an input of another size; null otherwise. A map of logits that goes back to the size
    /// of the picture has 1.
    /// </summary>
    public int? Stride { get; init => field = value is { } stride ? Require.Positive(stride, nameof(Stride)) : null; }

    /// <inheritdoc/>
    public override string Label => $"resize to {Height}x{Width}";

    /// <summary>The size of an axis that is enlarged by a factor, in single precision: what ONNX Runtime and PyTorch allocate.</summary>
    /// <param name="size">The side before.</param>
    /// <param name="factor">The factor.</param>
    public static int Scaled(int size, float factor) => (int)MathF.Floor(size * factor);

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0].Rank == 2 ? [inputs[0][0], Height, Width, inputs[0][1]] : Image(inputs[0], Label).With(1, Height).With(2, Width);

    internal override ChannelFlow Channels(ReadOnlySpan<Shape> inputs) => ChannelFlow.Same;

    internal static Resize Read(FieldReader fields) => new(fields.Int("height", 1, FieldReader.LargestSide), fields.Int("width", 1, FieldReader.LargestSide), (ResizeMode)fields.OneOf("mode", ModeNames))
    {
        Scale = fields.Pair("scale"),
        Stride = fields.IntOrNull("stride", 1, FieldReader.LargestStep),
    };

    internal override void Write(FieldWriter fields)
    {
        fields.Name("resize");
        fields.Int("height", Height);
        fields.Int("width", Width);
        fields.Text("mode", ModeNames[(int)Mode]);
        if (Scale is { } scale) fields.Floats("scale", scale.Height, scale.Width);
        if (Stride is { } stride) fields.Int("stride", stride);
    }

    internal override void Reference(ReferenceNode node) => ResizeKernel.Reference(ResizeGeometry.Of(this, node.Shape), node.Batch, node.X, node.Y);

    internal override void ReferenceBackward(ReferenceNode node) => ResizeKernel.BackwardReference(ResizeGeometry.Of(this, node.Shape), node.Batch, node.Dy, node.Dx);

    internal override EpilogueParts Absorbs(ReadOnlySpan<Shape> inputs) => EpilogueParts.Activation;

    internal override InferenceKernel Infer(InferenceNode node) => new Inference(this, node);

    internal override TrainingKernel Train(TrainingNode node) => new Training(this, node);

    private sealed unsafe class Inference(Resize resize, InferenceNode node) : UnitKernel(node, node.Output[1])
    {
        private readonly ResizeGeometry geometry = ResizeGeometry.Of(resize, node.Inputs[0]);

        protected override void Compute(float** x, float* y, int first, int end, float* scratch) => ResizeKernel.Run(geometry, x[0], y, first, end);
    }

    private sealed unsafe class Training(Resize resize, TrainingNode node) : BlockKernel(node, isLocal: false)
    {
        private readonly ResizeGeometry geometry = ResizeGeometry.Of(resize, node.InputShapes[0]);

        protected override bool ReadsInputs => false;

        protected override void Forward(in Block block, float** x, float* y) => ResizeKernel.Run(geometry, x[0], y, 0, resize.Height);

        protected override float* Backward(in Block block, int input, float** x, float* dy, float* dx)
        {
            ResizeKernel.Backward(geometry, dy, dx);
            return dx;
        }
    }
}
