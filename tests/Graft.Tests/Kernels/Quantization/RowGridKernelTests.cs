using Graft.Kernels.Quantization;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels.Quantization;

public class RowGridKernelTests
{
    [Fact]
    public void WeightsAreWholeNumbersOfTheirRowsScale()
    {
        float[] weights = [0.5f, 1.5f, -2.5f, 127.4f, 127.6f, -500, 0.1f, -0.26f, 12.7f], scales = [1, 1, 0.1f];
        sbyte[] q = new sbyte[9];
        float[] nearest = new float[9], gradient = [1, 2, 3, 4, 5, 6, 7, 8, 9], sums = [10, 10, 10, 10, 10, 10, 10, 10, 10];
        RowGridKernel.Whole(weights, scales, q);
        RowGridKernel.Run(weights, scales, nearest);
        RowGridKernel.AddGradient(weights, scales, gradient, sums);
        Assert.Equal([0, 2, -2, 127, 127, -127, 1, -3, 127], q);
        Assert.Equal([0, 2, -2, 127, 127, -127, 0.1f, -3 * 0.1f, 127 * 0.1f], nearest);

        // Half a step beyond the end is still rounding; what is further is cut off.
        Assert.Equal([11, 12, 13, 14, 10, 10, 17, 18, 19], sums);
    }

    /// <summary>What a file holds gives back the same bits, and these the same whole numbers.</summary>
    [Fact]
    public void NearestWeightsAreTheirOwnNearest()
    {
        const int Rows = 50, Depth = 255;
        float[] scales = Uniform(Rows, 1, 0.009, 0.01), nearest = new float[Rows * Depth], again = new float[Rows * Depth];
        (scales[0], scales[1]) = (1e-30f, 1e30f);
        for (int i = 0; i < nearest.Length; i++) nearest[i] = ((i % Depth) - 127) * scales[i / Depth];
        sbyte[] q = new sbyte[nearest.Length];
        RowGridKernel.Whole(nearest, scales, q);
        for (int i = 0; i < q.Length; i++) Assert.Equal((i % Depth) - 127, q[i]);
        RowGridKernel.Run(nearest, scales, again);
        Assert.Equal(nearest, again);
    }

    [Fact]
    public void WhatIsNotANumberIsSeen()
    {
        float[] nearest = new float[3];
        RowGridKernel.Run([float.NaN, float.PositiveInfinity, -1], [0.5f], nearest);
        Assert.Equal([float.NaN, 63.5f, -1], nearest);
    }

    [Fact]
    public void NothingIsNothing()
    {
        RowGridKernel.Run([], [], []);
        RowGridKernel.Whole([], [], []);
        RowGridKernel.AddGradient([], [], [], []);
    }
}
