using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Simd;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

/// <summary>A row of a depthwise convolution's backward at once.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class DepthwiseBackwardKernelTests
{
    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(2, 2, false)]
    [InlineData(7, 1, true)]
    [InlineData(30, 3, false)]
    public void ARowEqualsTheReference(int width, int vectors, bool isAtAnEdge)
    {
        int lanes = SimdWidth.Lanes, channels = vectors * lanes, plane = (width + 2) * lanes, stride = channels + 5;
        using GuardedBuffer first = new(Uniform(plane * vectors, 1)), second = new(Uniform(plane * vectors, 2)), zero = new(new float[plane]), x = new(Uniform(width * stride, 3, 3)), weights = new(Uniform(9 * channels, 4));
        using GuardedBuffer scale = new(Uniform(channels, 5, 1, 0.5)), shift = new(Uniform(channels, 6)), mean = new(Uniform(channels, 7));
        using GuardedBuffer expected = new(Uniform(width * stride, 8)), actual = new(Uniform(width * stride, 8)), expectedTaps = new(Uniform(9 * channels, 9)), taps = new(Uniform(9 * channels, 9));
        double[] expectedSums = new double[2 * channels], sums = new double[2 * channels];
        fixed (double* e = expectedSums, s = sums)
        {
            DepthwiseBackwardCall call = new()
            {
                Width = width,
                Channels = channels,
                First = isAtAnEdge ? zero.Pointer : first.Pointer,
                FirstPlane = isAtAnEdge ? 0 : plane,
                Second = second.Pointer,
                SecondPlane = plane,
                Third = zero.Pointer,
                X = new StoredRows(x.Pointer, stride),
                Target = new StoredRows(expected.Pointer, stride),
                Weights = weights.Pointer,
                Dw = expectedTaps.Pointer,
                Scale = scale.Pointer,
                Shift = shift.Pointer,
                Mean = mean.Pointer,
                Clamp = new Clamp(0, 1.5f),
                FirstSums = e,
                SecondSums = e + channels,
            };
            DepthwiseBackwardKernel.Reference(call, lanes);
            call.Target = new StoredRows(actual.Pointer, stride);
            call.Dw = taps.Pointer;
            call.FirstSums = s;
            call.SecondSums = s + channels;
            DepthwiseBackwardKernel.Run(call);
        }

        actual.AssertGuards();
        taps.AssertGuards();
        AssertClose(expected.Span.ToArray(), actual.Span, 3e-6);
        AssertClose(expectedTaps.Span.ToArray(), taps.Span, 3e-6);
        for (int i = 0; i < sums.Length; i++) Assert.Equal(expectedSums[i], sums[i], 1e-5 * width);
    }
}
