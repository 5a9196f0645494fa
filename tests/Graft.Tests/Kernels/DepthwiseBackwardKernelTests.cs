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
    public static TheoryData<int, int, bool, int, int, int> Rows() =>
    [
        .. from width in (int[])[1, 2, 7, 30] from vectors in (int[])[1, 3] from edge in (bool[])[false, true] from way in ((int, int, int)[])[(1, 1, 0), (2, 0, 0), (2, 0, 1), (2, 1, 0), (2, 1, 1)]
           select (width, vectors, edge, way.Item1, way.Item2, way.Item3),
    ];

    [Theory]
    [MemberData(nameof(Rows))]
    public void ARowEqualsTheReference(int width, int vectors, bool isAtAnEdge, int stride, int left, int tap)
    {
        int lanes = SimdWidth.Lanes, channels = vectors * lanes, plane = (width + 4) * lanes, pitch = channels + 5;
        using GuardedBuffer first = new(Uniform(plane * vectors, 1)), second = new(Uniform(plane * vectors, 2)), zero = new(new float[plane]), x = new(Uniform(width * pitch, 3, 3)), weights = new(Uniform(9 * channels, 4));
        using GuardedBuffer scale = new(Uniform(channels, 5, 1, 0.5)), shift = new(Uniform(channels, 6)), mean = new(Uniform(channels, 7));
        using GuardedBuffer expected = new(Uniform(width * pitch, 8)), actual = new(Uniform(width * pitch, 8)), expectedTaps = new(Uniform(9 * channels, 9)), taps = new(Uniform(9 * channels, 9));
        double[] expectedSums = new double[2 * channels], sums = new double[2 * channels];
        fixed (double* e = expectedSums, s = sums)
        {
            DepthwiseBackwardCall call = new()
            {
                Stride = stride,
                Left = left,
                Tap = tap,
                Width = width,
                Channels = channels,
                First = isAtAnEdge ? zero.Pointer : first.Pointer,
                FirstPlane = isAtAnEdge ? 0 : plane,
                Second = second.Pointer,
                SecondPlane = plane,
                Third = zero.Pointer,
                X = new StoredRows(x.Pointer, pitch),
                Target = new StoredRows(expected.Pointer, pitch),
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
            call.Target = new StoredRows(actual.Pointer, pitch);
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
