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
    public void ApplyingANormEqualsTheReference(int rows, int channels)
    {
        using GuardedBuffer x = new(Uniform(rows * channels, 1, 2, 1)), dy = new(Uniform(rows * channels, 2)), actual = new(rows * channels);
        using GuardedBuffer center = new(Uniform(channels, 3)), a = new(Uniform(channels, 4)), b = new(Uniform(channels, 5)), c = new(Uniform(channels, 6));
        float[] expected = new float[rows * channels];
        foreach (Clamp clamp in (Clamp[])[Clamp.None, new(0, 6), new(-0.25f, 0.5f)])
        {
            Centered call = new() { Count = rows, Channels = channels, X = new StridedRows(x.Pointer, channels), Center = center.Pointer, Scale = a.Pointer, Shift = b.Pointer, Clamp = clamp, Y = new StridedRows(actual.Pointer, channels) };
            fixed (float* e = expected) CenteredKernel.Reference(call with { Y = new StridedRows(e, channels) });
            CenteredKernel.Run(call);
            actual.AssertGuards();
            AssertClose(expected, actual.Span, 1e-6, $"{clamp}");
            using Graft.Tensors.Tensor aligned = new([rows, channels]);
            CenteredKernel.Run(call with { Y = new StridedRows(aligned.Pointer, channels), StoresNonTemporal = true });
            Assert.Equal(actual.Span.ToArray(), aligned.Span.ToArray());
        }

        CenteredGradient gradient = new()
        {
            Count = rows,
            Channels = channels,
            Dy = new StridedRows(dy.Pointer, channels),
            X = new StridedRows(x.Pointer, channels),
            Center = center.Pointer,
            K1 = a.Pointer,
            K2 = b.Pointer,
            K3 = c.Pointer,
            Dx = new StridedRows(actual.Pointer, channels),
        };
        fixed (float* e = expected) CenteredKernel.Reference(gradient with { Dx = new StridedRows(e, channels) });
        CenteredKernel.Run(gradient);
        actual.AssertGuards();
        AssertClose(expected, actual.Span, 1e-6, "backward");
        using Graft.Tensors.Tensor past = new([rows, channels]);
        CenteredKernel.Run(gradient with { Dx = new StridedRows(past.Pointer, channels), StoresNonTemporal = true });
        Assert.Equal(actual.Span.ToArray(), past.Span.ToArray());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void SumsOfTheBackwardEqualTheReference(int rows, int channels)
    {
        using GuardedBuffer x = new(Uniform(rows * channels, 1, 2, 1)), dy = new(Uniform(rows * channels, 2)), center = new(Uniform(channels, 3, 1, 1)), scratch = new(NormSumsKernel.ScratchFloats(channels));
        double[] expected = Sums(channels), actual = Sums(channels);
        NormSums call = new() { Count = rows, Channels = channels, Dy = new StridedRows(dy.Pointer, channels), X = new StridedRows(x.Pointer, channels), Center = center.Pointer, Scratch = scratch.Pointer };
        fixed (double* e = expected, sums = actual)
        {
            NormSums wanted = call with { First = e + 1, Second = e + 1 + channels }, own = call with { First = sums + 1, Second = sums + 1 + channels };
            NormSumsKernel.Reference(wanted);
            NormSumsKernel.Run(own);
            AssertSums(expected, actual, 3 * rows);

            MomentsKernel.Reference(rows, channels, wanted.X, center.Span, expected.AsSpan(1, channels), expected.AsSpan(1 + channels, channels));
            NormSumsKernel.Moments(own);
            AssertSums(expected, actual, 10 * rows);
        }

        scratch.AssertGuards();
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ThresholdsEqualTheReference(int rows, int channels)
    {
        using GuardedBuffer floors = new(Uniform(channels, 1)), y = new(Uniform(rows * channels, 2)), x = new(Uniform(rows * channels, 3, 2)), dy = new(Uniform(rows * channels, 4)), dx = new(rows * channels);
        using GuardedBuffer center = new(Uniform(channels, 5)), scale = new(Uniform(channels, 6)), shift = new(Uniform(channels, 7)), a = new(Uniform(channels, 8)), b = new(Uniform(channels, 9));
        using GuardedBuffer scratch = new(NormSumsKernel.ScratchFloats(channels));
        float[] expected = y.Span.ToArray();
        TluKernel.Reference(rows, channels, floors.Span, expected);
        TluKernel.Run(rows, channels, floors.Pointer, y.Pointer);
        y.AssertGuards();
        Assert.Equal(expected, y.Span.ToArray());

        // The same behind a norm, in one pass.
        StridedRows Of(float* start) => new(start, channels);
        Centered centered = new() { Count = rows, Channels = channels, X = Of(x.Pointer), Center = center.Pointer, Scale = scale.Pointer, Shift = shift.Pointer, Clamp = Clamp.None, Y = Of(y.Pointer) };
        CenteredKernel.Run(centered);
        TluKernel.Reference(rows, channels, floors.Span, y.Span);
        CenteredKernel.Run(centered with { Y = Of(dx.Pointer), Floors = floors.Pointer });
        dx.AssertGuards();
        Assert.Equal(y.Span.ToArray(), dx.Span.ToArray());

        // Backward, what passes is what passes of the results.
        float[] passed = new float[rows * channels];
        double[] sums = Sums(channels), expectedSums = Sums(channels), held = Sums(channels), expectedHeld = Sums(channels);
        TluKernel.BackwardReference(rows, channels, floors.Span, y.Span, dy.Span, passed, expectedHeld.AsSpan(1, channels));
        TluThreshold threshold = new(scale.Pointer, shift.Pointer, floors.Pointer);
        NormSums all = new() { Count = rows, Channels = channels, X = Of(x.Pointer), Center = center.Pointer, Scratch = scratch.Pointer };
        CenteredGradient gradient = new() { Count = rows, Channels = channels, X = Of(x.Pointer), Center = center.Pointer, K1 = scale.Pointer, K2 = a.Pointer, K3 = b.Pointer };
        fixed (float* p = passed)
        {
            fixed (double* s = sums, e = expectedSums, h = held)
            {
                NormSumsKernel.Reference(all with { Dy = Of(p), First = e + 1, Second = e + 1 + channels });
                NormSumsKernel.Run(all with { Dy = Of(dy.Pointer), First = s + 1, Second = s + 1 + channels, Threshold = threshold, Held = h + 1 });
            }

            CenteredKernel.Run(gradient with { Dy = Of(p), Dx = Of(y.Pointer) });
        }

        scratch.AssertGuards();
        AssertSums(expectedSums, sums, 4 * rows);
        AssertSums(expectedHeld, held, 4 * rows);
        CenteredKernel.Run(gradient with { Dy = Of(dy.Pointer), Dx = Of(dx.Pointer), Threshold = threshold });
        dx.AssertGuards();
        Assert.Equal(y.Span.ToArray(), dx.Span.ToArray());
        using Graft.Tensors.Tensor past = new([rows, channels]);
        CenteredKernel.Run(gradient with { Dy = Of(dy.Pointer), Dx = Of(past.Pointer), StoresNonTemporal = true, Threshold = threshold });
        Assert.Equal(y.Span.ToArray(), past.Span.ToArray());
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void LayerAndRmsNormEqualTheReference(int rows, int channels)
    {
        using GuardedBuffer x = new(Uniform(rows * channels, 1, 2, 3)), weight = new(Uniform(channels, 2, 1, 1.5)), bias = new(Uniform(channels, 3)), dy = new(Uniform(rows * channels, 4));
        using GuardedBuffer y = new(rows * channels), dx = new(rows * channels), scratch = new(2 * SimdWidth.RoundUp(channels, 16));
        foreach (bool isCentered in (bool[])[true, false])
        {
            float[] expected = new float[rows * channels], dweight = new float[channels], dbias = new float[channels];
            NormInput norm = new() { Pixels = rows, Channels = channels, Epsilon = 1e-2f, X = x.Span, Weight = weight.Span, Bias = bias.Span };
            LayerRows call = new()
            {
                Count = rows,
                Channels = channels,
                Epsilon = 1e-2f,
                IsCentered = isCentered,
                X = x.Pointer,
                Weight = weight.Pointer,
                Bias = bias.Pointer,
                Y = y.Pointer,
                Dy = dy.Pointer,
                Dx = dx.Pointer,
                Scratch = scratch.Pointer,
            };
            LayerNormKernel.Reference(norm, isCentered, expected);
            LayerNormKernel.Run(call);
            y.AssertGuards();
            AssertClose(expected, y.Span, 2e-6, $"centered {isCentered}");
            using Graft.Tensors.Tensor past = new([rows, channels]);
            LayerNormKernel.Run(call with { Y = past.Pointer, StoresNonTemporal = true });
            Assert.Equal(y.Span.ToArray(), past.Span.ToArray());

            LayerNormKernel.BackwardReference(norm, isCentered, new NormGradient { Dy = dy.Span, Dx = expected, DWeight = dweight, DBias = dbias });
            double[] sums = Sums(channels);
            fixed (double* s = sums) LayerNormKernel.Backward(call with { WeightSums = s + 1, BiasSums = s + 1 + channels });
            dx.AssertGuards();
            scratch.AssertGuards();
            double[] pastSums = Sums(channels);
            fixed (double* s = pastSums) LayerNormKernel.Backward(call with { WeightSums = s + 1, BiasSums = s + 1 + channels, Dx = past.Pointer, StoresNonTemporal = true });
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
    public void LocalResponseNormEqualsTheReference(int rows, int channels)
    {
        using GuardedBuffer x = new(Uniform(rows * channels, 1, 2)), dy = new(Uniform(rows * channels, 2)), y = new(rows * channels), dx = new(rows * channels);
        foreach ((int size, float beta) in ((int, float)[])[(1, 1), (2, 0.5f), (5, 0.75f), (20, 0.6f)])
        {
            using GuardedBuffer scratch = new(LocalResponseKernel.ScratchFloats(channels, size));
            float[] expected = new float[rows * channels];
            LocalResponse norm = new(channels, size, 0.4f, beta, 1.5f);
            LocalResponseKernel.Reference(norm, x.Span, expected);
            LocalResponseKernel.Run(norm, rows, x.Pointer, y.Pointer, scratch.Pointer);
            AssertClose(expected, y.Span, 2e-6, $"{size}");
            LocalResponseKernel.BackwardReference(norm, x.Span, dy.Span, expected);
            LocalResponseKernel.Backward(norm, rows, x.Pointer, dy.Pointer, dx.Pointer, scratch.Pointer);
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
