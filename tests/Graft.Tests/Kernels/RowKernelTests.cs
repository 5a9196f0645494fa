using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Simd;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

/// <summary>The kernels that training plans apply to rows of channels, in tensors and in the planes of depthwise rings.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class RowKernelTests
{
    private static readonly Clamp[] Clamps = [Clamp.None, new(0, float.PositiveInfinity), new(0, 1.5f)];

    // Rows, channels, whether rows lie in planes.
    public static TheoryData<int, int, bool> Shapes() => [.. from rows in (int[])[1, 2, 7, 113] from channels in (int[])[1, 3, 4, 8, 15, 16, 17, 37, 64, 75] from planes in (bool[])[false, true] select (rows, channels, planes)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void NormalizationAndClampingEqualTheReference(int rows, int channels, bool planes)
    {
        using RowBuffer x = new(rows, channels, false, 1, 2), expected = new(rows, channels, planes), actual = new(rows, channels, planes), inPlanes = new(rows, channels, true);
        using GuardedBuffer scale = new(Uniform(channels, 2, 1, 0.5)), shift = new(Uniform(channels, 3));
        foreach (Clamp clamp in Clamps)
        {
            NormalizeKernel.Reference(rows, channels, x.Rows, scale.Span, shift.Span, clamp, expected.Rows);
            NormalizeKernel.Run(rows, channels, x.Stored, scale.Pointer, shift.Pointer, clamp, actual.Rows);
            NormalizeKernel.Run(rows, channels, x.Stored, scale.Pointer, shift.Pointer, clamp, inPlanes.Rows);
            actual.AssertUntouchedElsewhere();
            inPlanes.AssertUntouchedElsewhere();
            AssertClose(expected.Values, actual.Values, 1e-6, $"{clamp}");
            Assert.Equal(actual.Values, inPlanes.Values);

            ClampKernel.Reference(rows, channels, x.Rows, clamp, expected.Rows);
            ClampKernel.Run(rows, channels, x.Stored, clamp, actual.Rows);
            ClampKernel.Run(rows, channels, x.Stored, clamp, inPlanes.Rows);
            actual.AssertUntouchedElsewhere();
            inPlanes.AssertUntouchedElsewhere();
            Assert.Equal(expected.Values, actual.Values);
            Assert.Equal(expected.Values, inPlanes.Values);
        }
    }

    [Fact]
    public void WhatIsNotANumberPassesNormalizationAndClamping()
    {
        foreach (int channels in (int[])[1, 4, 8, 16, 33])
        {
            float[] numbers = new float[channels], ones = new float[channels];
            Array.Fill(numbers, float.NaN);
            Array.Fill(ones, 1);
            using GuardedBuffer x = new(numbers), scale = new(ones), y = new(channels);
            NormalizeKernel.Run(1, channels, new StoredRows(x.Pointer, channels), scale.Pointer, scale.Pointer, new Clamp(0, 6), new StridedRows(y.Pointer, channels));
            Assert.All(y.Span.ToArray(), value => Assert.True(float.IsNaN(value)));
            y.Span.Clear();
            ClampKernel.Run(1, channels, new StoredRows(x.Pointer, channels), new Clamp(0, 6), new StridedRows(y.Pointer, channels));
            Assert.All(y.Span.ToArray(), value => Assert.True(float.IsNaN(value)));
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MomentsEqualTheReference(int rows, int channels, bool planes)
    {
        using RowBuffer x = new(rows, channels, planes, 1, 2, 1);
        using GuardedBuffer pivot = new(Uniform(channels, 2, 1, 1));
        double[] first = Sums(channels), second = Sums(channels), expectedFirst = Sums(channels), expectedSecond = Sums(channels);
        MomentsKernel.Reference(rows, channels, x.Rows, pivot.Span, expectedFirst.AsSpan(1, channels), expectedSecond.AsSpan(1, channels));
        fixed (double* a = first, b = second) MomentsKernel.Run(rows, channels, x.Rows, pivot.Pointer, a + 1, b + 1);
        AssertSums(expectedFirst, first, rows);
        AssertSums(expectedSecond, second, 4 * rows);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ANormsGradientEqualsTheReference(int rows, int channels, bool planes)
    {
        using RowBuffer g = new(rows, channels, false, 1), x = new(rows, channels, false, 2, 2), expected = new(rows, channels, planes), actual = new(rows, channels, planes);
        using GuardedBuffer k1 = new(Uniform(channels, 3)), k2 = new(Uniform(channels, 4)), k3 = new(Uniform(channels, 5));
        NormGradientKernel.Reference(rows, channels, g.Rows, x.Rows, k1.Span, k2.Span, k3.Span, expected.Rows);
        NormGradientKernel.Run(rows, channels, g.Stored, x.Stored, k1.Pointer, k2.Pointer, k3.Pointer, actual.Rows);
        actual.AssertUntouchedElsewhere();
        AssertClose(expected.Values, actual.Values, 1e-6);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void AGradientHandedBackEqualsTheReferenceWithAndWithoutEveryPart(int rows, int channels, bool planes)
    {
        using GuardedBuffer scale = new(Uniform(channels, 3, 1, 0.5)), shift = new(Uniform(channels, 4)), mean = new(Uniform(channels, 5));
        foreach (Clamp clamp in Clamps)
        {
            foreach (bool scales in (bool[])[false, true])
            {
                foreach (bool accumulates in (bool[])[false, true])
                {
                    foreach (bool sums in (bool[])[false, true])
                    {
                        string what = $"{clamp}, scales {scales}, accumulates {accumulates}, sums {sums}";
                        using RowBuffer dy = new(rows, channels, planes, 1), x = new(rows, channels, false, 2, 2), expected = new(rows, channels, false, 6), actual = new(rows, channels, false, 6);
                        double[] first = Sums(channels), second = Sums(channels), expectedFirst = Sums(channels), expectedSecond = Sums(channels);
                        fixed (double* e1 = expectedFirst, e2 = expectedSecond, a1 = first, a2 = second)
                        {
                            GradientSum call = new()
                            {
                                Count = rows,
                                Channels = channels,
                                Gradient = dy.Rows,
                                X = x.Stored,
                                Scale = scales ? scale.Pointer : null,
                                Shift = scales ? shift.Pointer : null,
                                Clamp = clamp,
                                Target = expected.Stored,
                                Accumulates = accumulates,
                                Mean = sums ? mean.Pointer : null,
                                First = e1 + 1,
                                Second = e2 + 1,
                            };
                            GradientSumKernel.Reference(call);
                            call.Target = actual.Stored;
                            call.First = a1 + 1;
                            call.Second = a2 + 1;
                            GradientSumKernel.Run(call);
                        }

                        actual.AssertUntouchedElsewhere();
                        Assert.Equal(expected.Values, actual.Values);
                        AssertSums(expectedFirst, first, rows);
                        AssertSums(expectedSecond, second, 3 * rows);
                    }
                }
            }
        }
    }

    /// <summary>At its bounds a clamp passes no gradient, as in PyTorch.</summary>
    [Fact]
    public void ABoundPassesNoGradient()
    {
        foreach (int repeat in (int[])[1, 4, 8, 16])
        {
            float[] points = [-1, 0, 1e-30f, 3, 5.9999995f, 6, 7];
            using GuardedBuffer x = new([.. points.SelectMany(point => Enumerable.Repeat(point, repeat))]), dy = new(Uniform(7 * repeat, 1, 0, 2)), target = new(7 * repeat);
            GradientSumKernel.Run(new GradientSum
            {
                Count = 7,
                Channels = repeat,
                Gradient = new StridedRows(dy.Pointer, repeat),
                X = new StoredRows(x.Pointer, repeat),
                Clamp = new Clamp(0, 6),
                Target = new StoredRows(target.Pointer, repeat),
            });
            target.AssertGuards();
            Assert.Equal(((float[])[0, 0, 2, 2, 2, 0, 0]).SelectMany(value => Enumerable.Repeat(value, repeat)), target.Span.ToArray());
        }
    }

    /// <summary>Sums that something was added to before, between guards.</summary>
    private static double[] Sums(int channels) => [1e300, .. Uniform(channels, 77).Select(value => (double)value), -1e300];

    private static void AssertSums(double[] expected, double[] actual, double scale)
    {
        Assert.Equal((expected[0], expected[^1]), (actual[0], actual[^1]));
        for (int i = 1; i < expected.Length - 1; i++) Assert.Equal(expected[i], actual[i], 2e-6 * scale);
    }

    /// <summary>Rows in guarded memory, side by side with a gap or in planes.</summary>
    private sealed class RowBuffer : IDisposable
    {
        private readonly GuardedBuffer memory;
        private readonly int rows, channels;
        private readonly HashSet<int> places = [];

        public RowBuffer(int rows, int channels, bool planes)
        {
            (this.rows, this.channels) = (rows, channels);
            int lanes = SimdWidth.Lanes, stride = planes ? lanes : channels + 3, plane = planes ? (rows * lanes) + 5 : lanes;
            memory = new GuardedBuffer(planes ? (channels + lanes - 1) / lanes * plane : rows * stride);
            Rows = new StridedRows(memory.Pointer, stride, plane);
            for (int r = 0; r < rows; r++)
                for (int c = 0; c < channels; c++) places.Add((int)(Place(r, c) - memory.Pointer));
        }

        public RowBuffer(int rows, int channels, bool planes, uint seed, double scale = 1, double offset = 0)
            : this(rows, channels, planes)
        {
            float[] values = Uniform(rows * channels, seed, scale, offset);
            for (int i = 0; i < values.Length; i++) *Place(i / channels, i % channels) = values[i];
        }

        public StridedRows Rows { get; }

        /// <summary>Those side by side, as plans keep them.</summary>
        public StoredRows Stored => new(Rows.Start, Rows.RowStride);

        public float[] Values => [.. Enumerable.Range(0, rows * channels).Select(i => *Place(i / channels, i % channels))];

        public void AssertUntouchedElsewhere()
        {
            memory.AssertGuards();
            for (int i = 0; i < memory.Span.Length; i++) Assert.True(places.Contains(i) || float.IsNaN(memory.Span[i]));
        }

        public void Dispose() => memory.Dispose();

        private float* Place(int row, int channel) => Rows.Column(channel) + (row * Rows.RowStride);
    }
}
