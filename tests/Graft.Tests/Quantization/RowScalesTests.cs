using Graft.Kernels.Quantization;
using Graft.Quantization;
using Graft.Tensors;

namespace Graft.Tests.Quantization;

/// <summary>Scales of weights.</summary>
public sealed class RowScalesTests
{
    private static readonly Tensor Weight = new([3, 2], [0.5f, -1.27f, 0, 0, 12.7f, 3]);

    [Fact]
    public void TheLargestWeightBecomesTheLargestNumber()
    {
        ReadOnlySpan<float> perOutput = RowScales.Of(Weight, perTensor: false, cutsOff: false).Span, perTensor = RowScales.Of(Weight, perTensor: true, cutsOff: false).Span;
        Assert.Equal(0.01f, perOutput[0], 1e-7f);
        Assert.True(perOutput[1] > 0);
        Assert.Equal(0.1f, perOutput[2], 1e-6f);
        foreach (float scale in perTensor) Assert.Equal(0.1f, scale, 1e-6f);
    }

    [Fact]
    public void AScaleThatCutsOffHasALowerError()
    {
        Graft.Numerics.Philox random = new(5);
        Tensor weight = new([4, 300], [.. Enumerable.Range(0, 1200).Select(i => (float)Math.Pow(random.Normal((ulong)i), 3))]);
        Assert.True(Error(cutsOff: true) < 0.9 * Error(cutsOff: false), $"{Error(true)} {Error(false)}");

        double Error(bool cutsOff)
        {
            float[] nearest = new float[1200];
            RowGridKernel.Run(weight.Span, RowScales.Of(weight, perTensor: false, cutsOff).Span, nearest);
            return nearest.Zip(weight.Span.ToArray(), (a, b) => ((double)a - b) * ((double)a - b)).Sum();
        }
    }
}
