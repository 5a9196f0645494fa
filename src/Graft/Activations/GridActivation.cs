using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Kernels.Quantization;

namespace Graft.Activations;

/// <summary>Bounds and, behind them, the nearest number of a <see cref="ByteGrid"/>: how the readers of a value in training apply what is quantized. It has no name in files.</summary>
/// <param name="bounds">The bounds of the activation before.</param>
/// <param name="grid">The grid.</param>
internal sealed unsafe class GridActivation(Clamp bounds, ByteGrid grid) : ActivationFunction
{
    private readonly Clamp inside = new(Math.Max(bounds.Low, grid.Range.Low), Math.Min(bounds.High, grid.Range.High));

    /// <inheritdoc/>
    public override double Apply(double x) => grid.Nearest((float)Math.Clamp(x, inside.Low, inside.High));

    /// <inheritdoc/>
    public override double Derivative(double x) => x > inside.Low && x < inside.High ? 1 : 0;

    internal override void Run(int count, float* x, float* y) => FakeQuantizeKernel.Run(count, inside, grid.Scale, x, y);

    internal override void Run(int rows, int channels, StridedRows values) => FakeQuantizeKernel.InPlace(rows, channels, inside, grid.Scale, values);

    internal override void Sum(in GradientSum call)
    {
        GradientSum clamped = call;
        clamped.Clamp = inside;
        GradientSumKernel.Run(clamped);
    }
}
