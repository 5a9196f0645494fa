using Graft.Activations;
using Graft.Kernels.Quantization;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Operations;

/// <summary>
/// Replaces every number by the nearest of those that a byte stands for: y = scale (q - zero point) with q = clamp(round(x / scale) + zero point, 0, 255), halves to the even number (Jacob et al. 2018, arXiv:1712.05877,
/// equation 12). Where it stands behind and before layers of quantized weights, an inference plan computes between them with bytes; anywhere else, and in training, with the rounded numbers.
/// </summary>
/// <remarks>
/// In ONNX it is QuantizeLinear and DequantizeLinear. Its backward is the straight-through estimate (Bengio et al. 2013, arXiv:1308.3432): a gradient passes where the number is inside the range, and is 0 where it is cut off.
/// </remarks>
[OperationName("fake_quantize")]
public sealed record FakeQuantize : Operation
{
    /// <summary>Makes one.</summary>
    /// <param name="scale">From one number to the next.</param>
    /// <param name="zeroPoint">The byte that stands for 0.</param>
    public FakeQuantize(float scale, int zeroPoint) => (Scale, ZeroPoint) = (scale, zeroPoint);

    internal FakeQuantize(ByteGrid grid)
        : this(grid.Scale, grid.ZeroPoint)
    {
    }

    /// <summary>From one number to the next, 1e-30 to 1e30.</summary>
    public float Scale
    {
        get;
        init => field = value is >= ByteGrid.LeastScale and <= ByteGrid.MostScale ? value : throw new ArgumentOutOfRangeException(nameof(Scale), value, $"The scale of a quantization must be from 1e-30 to 1e30, not {value}.");
    }

    /// <summary>The byte that stands for 0, from 0 to 255.</summary>
    public int ZeroPoint
    {
        get;
        init => field = value is >= 0 and <= ByteGrid.Most ? value : throw new ArgumentOutOfRangeException(nameof(ZeroPoint), value, $"The zero point of a quantization must be from 0 to {ByteGrid.Most}, not {value}.");
    }

    /// <inheritdoc/>
    public override string Label => "fake quantize";

    internal ByteGrid Grid => new(Scale, ZeroPoint);

    internal override bool IsAppliedByReaders => true;

    /// <inheritdoc/>
    public override Shape OutputShape(ReadOnlySpan<Shape> inputs) => inputs[0];

    internal static FakeQuantize Read(FieldReader fields) => new(fields.Float("scale"), fields.Int("zero_point", 0, ByteGrid.Most));

    internal override void Write(FieldWriter fields)
    {
        fields.Name("fake_quantize");
        fields.Float("scale", Scale);
        fields.Int("zero_point", ZeroPoint);
    }

    internal override void Reference(ReferenceNode node) => FakeQuantizeKernel.Reference(Grid, node.X, node.Y);

    internal override void ReferenceBackward(ReferenceNode node) => FakeQuantizeKernel.BackwardReference(Grid, node.X, node.Dy, node.Dx);

    internal override InferenceKernel Infer(InferenceNode node) => node.IsOnBytes ? new ToNumbers(Grid, node) : node.Epilogue.Grid is not null ? new ToBytes(Grid, node) : new Inference(Grid, node);

    internal override TrainingKernel Train(TrainingNode node) => new CopyKernel(node);

    internal override bool FitsOn(ActivationBuffer buffer) => buffer.Activation.Clamp is not null;

    internal override void ApplyTo(ActivationBuffer buffer, TrainingNode node) => buffer.Activation = new GridActivation(buffer.Clamp, Grid);

    private sealed unsafe class ToBytes(ByteGrid grid, InferenceNode node) : ByteUnitKernel(node, UnitKernel.Pixels(node.Output))
    {
        private readonly int channels = node.Output[^1];

        protected override void Compute(BufferTable buffers, int first, int end)
        {
            nint start = (nint)first * channels;
            QuantizeKernel.Run((end - first) * channels, grid, buffers.Floats(Inputs[0]) + start, buffers.Bytes(Output) + start);
        }
    }

    private sealed unsafe class ToNumbers(ByteGrid grid, InferenceNode node) : ByteUnitKernel(node, UnitKernel.Pixels(node.Output))
    {
        private readonly int channels = node.Output[^1];

        protected override void Compute(BufferTable buffers, int first, int end)
        {
            nint start = (nint)first * channels;
            QuantizeKernel.Back((end - first) * channels, grid, buffers.Bytes(Inputs[0]) + start, buffers.Floats(Output) + start);
        }
    }

    private sealed unsafe class Inference(ByteGrid grid, InferenceNode node) : UnitKernel(node, Pixels(node.Output))
    {
        private readonly int channels = node.Output[^1];

        protected override void Compute(float** x, float* y, int first, int end, float* scratch)
        {
            nint start = (nint)first * channels;
            FakeQuantizeKernel.Run((end - first) * channels, grid.Range, grid.Scale, x[0] + start, y + start);
        }
    }
}
