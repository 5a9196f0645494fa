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

    /// <summary>Rounding by steps of s errs by s^2 / 12 in each weight: of many small ones that is more than what is cut off of a single large one.</summary>
    [Fact]
    public void AScaleThatCutsOffHasALowerErrorWhereThatPays()
    {
        const int Count = 60_000;
        Graft.Numerics.Philox random = new(5);
        Tensor weight = new([1, Count], [1, .. Enumerable.Range(1, Count - 1).Select(i => (float)((0.2 * random.Uniform((ulong)i)) - 0.1))]);
        Assert.True(Error(cutsOff: true) < 0.85 * Error(cutsOff: false), $"{Error(true)} {Error(false)}");

        double Error(bool cutsOff)
        {
            float[] nearest = new float[Count];
            RowGridKernel.Run(weight.Span, RowScales.Of(weight, perTensor: false, cutsOff).Span, nearest);
            return nearest.Zip(weight.Span.ToArray(), (a, b) => ((double)a - b) * ((double)a - b)).Sum();
        }
    }
}
