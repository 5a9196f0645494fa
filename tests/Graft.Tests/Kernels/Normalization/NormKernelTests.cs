using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Simd;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels.Normalization;

/// <summary>The vector paths of the kernels that normalizations are made of, against the scalar references, in guarded memory and odd sizes.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class NormKernelTests
{
    public static TheoryData<int, int> Shapes() => [.. from rows in (int[])[1, 2, 7, 113] from channels in (int[])[1, 3, 4, 8, 15, 16, 17, 37, 64, 75] select (rows, channels)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Applying_a_norm_equals_the_reference(int rows, int channels)
    {
        using GuardedBuffer x = new(Uniform(rows * channels, 1, 2, 1)), dy = new(Uniform(rows * channels, 2)), actual = new(rows * channels);
        using GuardedBuffer center = new(Uniform(channels, 3)), a = new(Uniform(channels, 4)), b = new(Uniform(channels, 5)), c = new(Uniform(channels, 6));
        float[] expected = new float[rows * channels];
        Rows Of(float* start) => new(start, channels);
        foreach (Clamp clamp in (Clamp[])[Clamp.None, new(0, 6), new(-0.25f, 0.5f)])
        {
            fixed (float* e = expected) CenteredKernel.Reference(rows, channels, Of(x.Pointer), center.Span, a.Span, b.Span, clamp, Of(e));
            CenteredKernel.Run(rows, channels, Of(x.Pointer), center.Pointer, a.Pointer, b.Pointer, clamp, Of(actual.Pointer));
            actual.AssertGuards();
            AssertClose(expected, actual.Span, 1e-6, $"{clamp}");
            using Graft.Tensors.Tensor aligned = new([rows, channels]);
            CenteredKernel.Run(rows, channels, Of(x.Pointer), center.Pointer, a.Pointer, b.Pointer, clamp, Of(aligned.Pointer), around: true);
            Assert.Equal(actual.Span.ToArray(), aligned.Span.ToArray());
        }

        fixed (float* e = expected) CenteredKernel.BackwardReference(rows, channels, Of(dy.Pointer), Of(x.Pointer), center.Span, a.Span, b.Span, c.Span, Of(e));
        CenteredKernel.Backward(rows, channels, Of(dy.Pointer), Of(x.Pointer), center.Pointer, a.Pointer, b.Pointer, c.Pointer, Of(actual.Pointer));
        actual.AssertGuards();
        AssertClose(expected, actual.Span, 1e-6, "backward");
        using Graft.Tensors.Tensor past = new([rows, channels]);
        CenteredKernel.Backward(rows, channels, Of(dy.Pointer), Of(x.Pointer), center.Pointer, a.Pointer, b.Pointer, c.Pointer, Of(past.Pointer), around: true);
        Assert.Equal(actual.Span.ToArray(), past.Span.ToArray());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Sums_of_the_backward_equal_the_reference(int rows, int channels)
    {
        using GuardedBuffer x = new(Uniform(rows * channels, 1, 2, 1)), dy = new(Uniform(rows * channels, 2)), center = new(Uniform(channels, 3, 1, 1)), scratch = new(NormSumsKernel.ScratchFloats(channels));
        double[] expected = Sums(channels), actual = Sums(channels);
        Rows xs = new(x.Pointer, channels), gradients = new(dy.Pointer, channels);
        NormSumsKernel.Reference(rows, channels, gradients, xs, center.Span, expected.AsSpan(1, channels), expected.AsSpan(1 + channels, channels));
        fixed (double* sums = actual) NormSumsKernel.Run(rows, channels, gradients, xs, center.Pointer, sums + 1, sums + 1 + channels, scratch.Pointer);
        AssertSums(expected, actual, 3 * rows);

        NormSumsKernel.MomentsReference(rows, channels, xs, center.Span, expected.AsSpan(1, channels), expected.AsSpan(1 + channels, channels));
        fixed (double* sums = actual) NormSumsKernel.Moments(rows, channels, xs, center.Pointer, sums + 1, sums + 1 + channels, scratch.Pointer);
        AssertSums(expected, actual, 10 * rows);
        scratch.AssertGuards();
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Thresholds_equal_the_reference(int rows, int channels)
    {
        using GuardedBuffer floors = new(Uniform(channels, 1)), y = new(Uniform(rows * channels, 2)), x = new(Uniform(rows * channels, 3, 2)), dy = new(Uniform(rows * channels, 4)), dx = new(rows * channels);
        using GuardedBuffer center = new(Uniform(channels, 5)), scale = new(Uniform(channels, 6)), shift = new(Uniform(channels, 7)), a = new(Uniform(channels, 8)), b = new(Uniform(channels, 9));
        using GuardedBuffer scratch = new(NormSumsKernel.ScratchFloats(channels));
        float[] expected = y.Span.ToArray();
        FloorKernel.Reference(rows, channels, floors.Span, expected);
        FloorKernel.Run(rows, channels, floors.Pointer, y.Pointer);
        y.AssertGuards();
        Assert.Equal(expected, y.Span.ToArray());

        // The same behind a norm, in one pass.
        Rows Of(float* start) => new(start, channels);
        CenteredKernel.Run(rows, channels, Of(x.Pointer), center.Pointer, scale.Pointer, shift.Pointer, Clamp.None, Of(y.Pointer));
        FloorKernel.Reference(rows, channels, floors.Span, y.Span);
        CenteredKernel.Run(rows, channels, Of(x.Pointer), center.Pointer, scale.Pointer, shift.Pointer, Clamp.None, Of(dx.Pointer), floors: floors.Pointer);
        dx.AssertGuards();
        Assert.Equal(y.Span.ToArray(), dx.Span.ToArray());

        // Backward, what passes is what passes of the results.
        float[] passed = new float[rows * channels];
        double[] sums = Sums(channels), expectedSums = Sums(channels), held = Sums(channels), expectedHeld = Sums(channels);
        FloorKernel.BackwardReference(rows, channels, floors.Span, y.Span, dy.Span, passed, expectedHeld.AsSpan(1, channels));
        Threshold threshold = new(scale.Pointer, shift.Pointer, floors.Pointer);
        fixed (float* p = passed)
        {
            NormSumsKernel.Reference(rows, channels, Of(p), Of(x.Pointer), center.Span, expectedSums.AsSpan(1, channels), expectedSums.AsSpan(1 + channels, channels));
            fixed (double* s = sums, h = held)
                NormSumsKernel.Run(rows, channels, Of(dy.Pointer), Of(x.Pointer), center.Pointer, s + 1, s + 1 + channels, scratch.Pointer, threshold, h + 1);
            CenteredKernel.Backward(rows, channels, Of(p), Of(x.Pointer), center.Pointer, scale.Pointer, a.Pointer, b.Pointer, Of(y.Pointer));
        }

        scratch.AssertGuards();
        AssertSums(expectedSums, sums, 4 * rows);
        AssertSums(expectedHeld, held, 4 * rows);
        CenteredKernel.Backward(rows, channels, Of(dy.Pointer), Of(x.Pointer), center.Pointer, scale.Pointer, a.Pointer, b.Pointer, Of(dx.Pointer), threshold: threshold);
        dx.AssertGuards();
        Assert.Equal(y.Span.ToArray(), dx.Span.ToArray());
        using Graft.Tensors.Tensor past = new([rows, channels]);
        CenteredKernel.Backward(rows, channels, Of(dy.Pointer), Of(x.Pointer), center.Pointer, scale.Pointer, a.Pointer, b.Pointer, Of(past.Pointer), around: true, threshold: threshold);
        Assert.Equal(y.Span.ToArray(), past.Span.ToArray());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Layer_and_rms_norm_equal_the_reference(int rows, int channels)
    {
        using GuardedBuffer x = new(Uniform(rows * channels, 1, 2, 3)), weight = new(Uniform(channels, 2, 1, 1.5)), bias = new(Uniform(channels, 3)), dy = new(Uniform(rows * channels, 4));
        using GuardedBuffer y = new(rows * channels), dx = new(rows * channels), scratch = new(2 * SimdWidth.RoundUp(channels, 16));
        foreach (bool isCentered in (bool[])[true, false])
        {
            float[] expected = new float[rows * channels], dweight = new float[channels], dbias = new float[channels];
            LayerNormKernel.Reference(rows, channels, 1e-2f, isCentered, x.Span, weight.Span, bias.Span, expected);
            LayerNormKernel.Run(rows, channels, 1e-2f, isCentered, x.Pointer, weight.Pointer, bias.Pointer, y.Pointer);
            y.AssertGuards();
            AssertClose(expected, y.Span, 2e-6, $"centered {isCentered}");
            using Graft.Tensors.Tensor past = new([rows, channels]);
            LayerNormKernel.Run(rows, channels, 1e-2f, isCentered, x.Pointer, weight.Pointer, bias.Pointer, past.Pointer, around: true);
            Assert.Equal(y.Span.ToArray(), past.Span.ToArray());

            LayerNormKernel.BackwardReference(rows, channels, 1e-2f, isCentered, x.Span, weight.Span, dy.Span, expected, dweight, dbias);
            double[] sums = Sums(channels);
            fixed (double* s = sums) LayerNormKernel.Backward(rows, channels, 1e-2f, isCentered, x.Pointer, weight.Pointer, dy.Pointer, dx.Pointer, s + 1, s + 1 + channels, scratch.Pointer);
            dx.AssertGuards();
            scratch.AssertGuards();
            double[] pastSums = Sums(channels);
            fixed (double* s = pastSums)
                LayerNormKernel.Backward(rows, channels, 1e-2f, isCentered, x.Pointer, weight.Pointer, dy.Pointer, past.Pointer, s + 1, s + 1 + channels, scratch.Pointer, around: true);
            Assert.Equal(dx.Span.ToArray(), past.Span.ToArray());
            Assert.Equal(sums, pastSums);

            // Of one channel, nothing but rounding is left.
            if (channels > 1) AssertClose(expected, dx.Span, 1e-5, $"dx, centered {isCentered}");
            double[] before = Sums(channels), expectedSums = [before[0], .. dweight.Select((value, c) => value + before[1 + c]), .. dbias.Select((value, c) => value + before[1 + channels + c]), before[^1]];
            AssertSums(expectedSums, sums, 3 * rows);
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Local_response_norm_equals_the_reference(int rows, int channels)
    {
        using GuardedBuffer x = new(Uniform(rows * channels, 1, 2)), dy = new(Uniform(rows * channels, 2)), y = new(rows * channels), dx = new(rows * channels);
        foreach ((int size, float beta) in ((int, float)[])[(1, 1), (2, 0.5f), (5, 0.75f), (20, 0.6f)])
        {
            using GuardedBuffer scratch = new(LocalResponseKernel.ScratchFloats(channels, size));
            float[] expected = new float[rows * channels];
            LocalResponseKernel.Reference(rows, channels, size, 0.4f, beta, 1.5f, x.Span, expected);
            LocalResponseKernel.Run(rows, channels, size, 0.4f, beta, 1.5f, x.Pointer, y.Pointer, scratch.Pointer);
            AssertClose(expected, y.Span, 2e-6, $"{size}");
            LocalResponseKernel.BackwardReference(rows, channels, size, 0.4f, beta, 1.5f, x.Span, dy.Span, expected);
            LocalResponseKernel.Backward(rows, channels, size, 0.4f, beta, 1.5f, x.Pointer, dy.Pointer, dx.Pointer, scratch.Pointer);
            AssertClose(expected, dx.Span, 3e-6, $"{size}, dx");
            y.AssertGuards();
            dx.AssertGuards();
            scratch.AssertGuards();
        }
    }

    /// <summary>Two sums for each channel that something was added to before, between guards.</summary>
    private static double[] Sums(int channels) => [1e300, .. Uniform(2 * channels, 77).Select(value => (double)value), -1e300];

    private static void AssertSums(double[] expected, double[] actual, double scale)
    {
        Assert.Equal((expected[0], expected[^1]), (actual[0], actual[^1]));
        for (int i = 1; i < expected.Length - 1; i++) Assert.Equal(expected[i], actual[i], 2e-6 * scale);
    }
}
