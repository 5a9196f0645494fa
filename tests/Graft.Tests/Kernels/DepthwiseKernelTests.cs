using System.Runtime.Intrinsics;
using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Simd;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

[Trait(Suites.Name, Suites.Kernels)]
public unsafe class DepthwiseKernelTests
{
    // The output's width, kernel, stride, dilation.
    public static TheoryData<int, int, int, int> Shapes() => new()
    {
        { 1, 3, 1, 1 }, { 6, 3, 1, 1 }, { 7, 3, 1, 1 }, { 8, 3, 1, 1 }, { 14, 3, 1, 1 }, { 20, 3, 1, 1 },
        { 3, 3, 2, 1 }, { 7, 3, 2, 1 }, { 10, 3, 2, 1 }, { 15, 3, 2, 1 },
        { 2, 5, 1, 1 }, { 7, 5, 1, 1 }, { 9, 5, 2, 1 }, { 8, 3, 3, 1 }, { 7, 2, 1, 1 }, { 9, 1, 1, 1 }, { 5, 7, 2, 1 },
        { 5, 3, 1, 2 }, { 15, 3, 1, 2 }, { 8, 3, 2, 4 }, { 9, 5, 1, 6 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ARowEqualsTheReference(int width, int kernel, int stride, int dilation)
    {
        foreach (int vectors in (ReadOnlySpan<int>)[1, 2])
        {
            foreach (Clamp clamp in (ReadOnlySpan<Clamp>)[Clamp.None, new(0, 6), new(0, float.PositiveInfinity)])
            {
                Check<Simd128<float>, Vector128<float>>(width, kernel, stride, dilation, vectors, clamp);
                Check<Simd256<float>, Vector256<float>>(width, kernel, stride, dilation, vectors, clamp);
                Check<Simd512<float>, Vector512<float>>(width, kernel, stride, dilation, vectors, clamp);
            }
        }
    }

    [Fact]
    public void PlanesHoldTheChannelsAndZeros()
    {
        const int Pixels = 5, Channels = 21, Lanes = 4;
        float[] image = Uniform(Pixels * 30, 1);
        using GuardedBuffer source = new(image), target = new(6 * Pixels * Lanes);
        PlaneCopy<Simd128<float>, Vector128<float>>.Run(source.Pointer, 30, Channels, Pixels, target.Pointer, Pixels * Lanes);
        target.AssertGuards();
        for (int j = 0; j < Pixels; j++)
            for (int c = 0; c < 24; c++) Assert.Equal(c < Channels ? image[(j * 30) + c] : 0, target.Span[(c / Lanes * Pixels * Lanes) + (j * Lanes) + (c % Lanes)]);
    }

    private static void Check<TSimd, TVector>(int width, int kernel, int stride, int dilation, int vectors, Clamp clamp)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        int lanes = TSimd.Lanes, channels = vectors * lanes, pixels = ((width - 1) * stride) + ((kernel - 1) * dilation) + 1, plane = (pixels * lanes) + 3, row = 2 * plane, targetStride = channels + 1;
        using GuardedBuffer source = new(Uniform(kernel * row, 1)), weights = new(Uniform(kernel * kernel * channels, 2)), bias = new(Uniform(channels, 3, 2));
        using GuardedBuffer expected = new(width * targetStride), actual = new(width * targetStride);
        float** rows = stackalloc float*[kernel];

        // Rows need not lie in order: a ring turns them.
        for (int u = 0; u < kernel; u++) rows[u] = source.Pointer + ((kernel - 1 - u) * row);
        DepthwiseCall call = new()
        {
            Rows = rows,
            PlaneStride = plane,
            Kernel = kernel,
            Stride = stride,
            Dilation = dilation,
            Weights = weights.Pointer,
            Bias = bias.Pointer,
            Target = expected.Pointer,
            TargetStride = targetStride,
            Width = width,
            Vectors = vectors,
            Clamp = clamp,
        };
        expected.Span.Clear();
        actual.Span.Clear();
        DepthwiseKernel.Reference(call, channels, lanes);
        call.Target = actual.Pointer;
        DepthwiseKernel<TSimd, TVector>.Run(call);
        actual.AssertGuards();
        AssertClose(expected.Span, actual.Span, 1e-6, $"{lanes} lanes, {vectors} vectors, {clamp}");
    }
}
