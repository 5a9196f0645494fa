using Graft.Activations;
using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Simd;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

/// <summary>The kernels of training plans on rows that are kept as bfloat16: what they read is exact, what they write the nearest to what they write as float32.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class NarrowRowKernelTests
{
    public static TheoryData<int, int> Shapes() => [.. from rows in (int[])[1, 2, 7, 29] from channels in (int[])[1, 3, 8, 15, 16, 17, 32, 37, 64, 75] select (rows, channels)];

    [Theory]
    [InlineData(0f, 0)]
    [InlineData(-0f, 0x8000)]
    [InlineData(1f, 0x3F80)]
    [InlineData(1.00390625f, 0x3F80)] // Half between 1 and the next: to even.
    [InlineData(1.01171875f, 0x3F82)] // Half between the next and the one after it: to even.
    [InlineData(1.00390637f, 0x3F81)]
    [InlineData(-3.1415927f, 0xC049)]
    [InlineData(3.4028235e38f, 0x7F80)]
    [InlineData(float.PositiveInfinity, 0x7F80)]
    [InlineData(float.NegativeInfinity, 0xFF80)]
    [InlineData(1e-40f, 1)]
    public void NumbersAreRoundedToNearestEven(float value, int bits) => Assert.Equal(bits, BFloat16.Of(value).Bits);

    [Fact]
    public void EveryBFloat16IsItselfAgain()
    {
        for (int bits = 0; bits <= ushort.MaxValue; bits++)
        {
            float value = new BFloat16((ushort)bits).ToSingle();
            if (float.IsNaN(value)) Assert.True(bits is 0x7FFF or 0xFFFF || float.IsNaN(BFloat16.Of(value).ToSingle()));
            else Assert.Equal(bits, BFloat16.Of(value).Bits);
        }

        Assert.True(float.IsNaN(BFloat16.Of(float.NaN).ToSingle()));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void WhatIsStoredIsTheNearest(int rows, int channels)
    {
        using GuardedBuffer x = new(Uniform(rows * channels, 1, 100));
        using Narrow target = new(rows, channels);
        StoreKernel.Run(rows, channels, new StridedRows(x.Pointer, channels), target.Rows);
        Assert.Equal(x.Span.ToArray().Select(BFloat16.Of), target.Values);
        target.AssertUntouchedElsewhere();
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void WhatIsReadIsExact(int rows, int channels)
    {
        using Narrow x = new(rows, channels, 1), g = new(rows, channels, 2);
        using GuardedBuffer wideX = new(x.Widened), wideG = new(g.Widened), expected = new(rows * channels), actual = new(rows * channels);
        using GuardedBuffer a = new(Uniform(channels, 3)), b = new(Uniform(channels, 4)), c = new(Uniform(channels, 5));
        StoredRows floats = new(wideX.Pointer, channels);
        StridedRows wanted = new(expected.Pointer, channels), got = new(actual.Pointer, channels);

        NormalizeKernel.Run(rows, channels, floats, a.Pointer, b.Pointer, new Clamp(0, 1), wanted);
        NormalizeKernel.Run(rows, channels, x.Rows, a.Pointer, b.Pointer, new Clamp(0, 1), got);
        Assert.Equal(expected.Span.ToArray(), actual.Span.ToArray());

        ClampKernel.Run(rows, channels, floats, Clamp.None, wanted);
        ClampKernel.Run(rows, channels, x.Rows, Clamp.None, got);
        Assert.Equal(expected.Span.ToArray(), actual.Span.ToArray());

        NormGradientKernel.Run(rows, channels, new StoredRows(wideG.Pointer, channels), floats, a.Pointer, b.Pointer, c.Pointer, wanted);
        NormGradientKernel.Run(rows, channels, g.Rows, x.Rows, a.Pointer, b.Pointer, c.Pointer, got);
        Assert.Equal(expected.Span.ToArray(), actual.Span.ToArray());
        actual.AssertGuards();
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void MomentsAreOfWhatWasNotRoundedYet(int rows, int channels)
    {
        using GuardedBuffer x = new(Uniform(rows * channels, 1)), pivot = new(Uniform(channels, 2));
        using Narrow target = new(rows, channels);
        double[] first = new double[channels], second = new double[channels], expectedFirst = new double[channels], expectedSecond = new double[channels];
        StridedRows values = new(x.Pointer, channels);
        fixed (double* f = first, s = second, ef = expectedFirst, es = expectedSecond)
        {
            MomentsKernel.Run(rows, channels, values, pivot.Pointer, ef, es);
            MomentsKernel.RunAndStore(rows, channels, values, pivot.Pointer, f, s, target.Rows, isAround: false);
        }

        Assert.Equal(expectedFirst, first);
        Assert.Equal(expectedSecond, second);
        Assert.Equal(x.Span.ToArray().Select(BFloat16.Of), target.Values);
        target.AssertUntouchedElsewhere();
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void GradientsHandedBackAreTheNearest(int rows, int channels)
    {
        using GuardedBuffer scale = new(Uniform(channels, 3, 1, 0.5)), shift = new(Uniform(channels, 4)), mean = new(Uniform(channels, 5)), dy = new(Uniform(rows * channels, 6));
        foreach (bool accumulates in (bool[])[false, true])
        {
            using Narrow x = new(rows, channels, 1), target = new(rows, channels, 7);
            using GuardedBuffer wideX = new(x.Widened), expected = new(target.Widened);
            double[] sums = new double[2 * channels], expectedSums = new double[2 * channels];
            fixed (double* s = sums, e = expectedSums)
            {
                GradientSum call = new()
                {
                    Count = rows,
                    Channels = channels,
                    Gradient = new StridedRows(dy.Pointer, channels),
                    X = new StoredRows(wideX.Pointer, channels),
                    Scale = scale.Pointer,
                    Shift = shift.Pointer,
                    Clamp = new Clamp(0, 1),
                    Target = new StoredRows(expected.Pointer, channels),
                    Accumulates = accumulates,
                    Mean = mean.Pointer,
                    First = e,
                    Second = e + channels,
                };
                GradientSumKernel.Run(call);
                (call.X, call.Target) = (x.Rows, target.Rows);
                call.First = s;
                call.Second = s + channels;
                GradientSumKernel.Run(call);
            }

            Assert.Equal(expectedSums, sums);
            Assert.Equal(expected.Span.ToArray().Select(BFloat16.Of), target.Values);
            target.AssertUntouchedElsewhere();
        }
    }

    /// <summary>Rows of bfloat16 with a gap between them, in memory of their own.</summary>
    private sealed class Narrow : IDisposable
    {
        private const int Gap = 3;
        private readonly GuardedBuffer memory;
        private readonly int rows, channels;

        public Narrow(int rows, int channels)
        {
            (this.rows, this.channels) = (rows, channels);
            memory = new GuardedBuffer(((rows * (channels + Gap)) + 1) / 2);
            new Span<ushort>(memory.Pointer, rows * (channels + Gap)).Fill(Untouched);
        }

        public Narrow(int rows, int channels, uint seed)
            : this(rows, channels)
        {
            float[] values = Uniform(rows * channels, seed);
            for (int i = 0; i < values.Length; i++) *Place(i) = BFloat16.Of(values[i]);
        }

        public StoredRows Rows => new(memory.Pointer, channels + Gap, ElementType.BFloat16);

        public IEnumerable<BFloat16> Values => [.. Enumerable.Range(0, rows * channels).Select(i => *Place(i))];

        public float[] Widened => [.. Values.Select(value => value.ToSingle())];

        private static ushort Untouched => 0x7FC1;

        public void AssertUntouchedElsewhere()
        {
            memory.AssertGuards();
            for (int r = 0; r < rows; r++)
                for (int c = channels; c < channels + Gap; c++) Assert.Equal(Untouched, ((ushort*)memory.Pointer)[(r * (channels + Gap)) + c]);
        }

        public void Dispose() => memory.Dispose();

        private BFloat16* Place(int i) => (BFloat16*)memory.Pointer + (i / channels * (channels + Gap)) + (i % channels);
    }
}
