using Graft.Kernels;
using Graft.Kernels.Elementwise;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

[Trait(Suites.Name, Suites.Kernels)]
public unsafe class DropoutKernelTests
{
    private const ulong Seed = 11, Step = 5, Node = 3;

    [Theory]
    [InlineData(0)]
    [InlineData(0.2f)]
    [InlineData(0.5f)]
    [InlineData(0.99f)]
    public void ItKeepsWhatTheFormulaKeepsAndScalesIt(float rate)
    {
        foreach (int length in new[] { 0, 1, 3, 4, 5, 103 })
        {
            using GuardedBuffer x = new(Uniform(length, 1)), y = new(length);
            float[] expected = [.. x.Span.ToArray().Select((value, i) => DropoutKernel.Keeps(rate, Seed, Step, Node, i) ? value * (1 / (1 - rate)) : 0)];
            DropoutKernel.Run(rate, Seed, Step, Node, 0, length, x.Pointer, y.Pointer);
            y.AssertGuards();
            Assert.Equal(expected, y.Span.ToArray());
            DropoutKernel.Run(rate, Seed, Step, Node, 0, length, x.Pointer, x.Pointer);
            Assert.Equal(expected, x.Span.ToArray());
        }
    }

    [Theory]
    [InlineData(0.1f)]
    [InlineData(0.5f)]
    [InlineData(0.8f)]
    public void ItDropsThePartThatWasAskedFor(float rate)
    {
        const int Length = 40_000;
        int[] dropped = [.. Kept(rate, Seed, Step, Node, 0, Length).Select(kept => kept ? 0 : 1)];
        double deviation = Math.Sqrt(rate * (1 - rate) / Length);
        Assert.InRange(dropped.Average(), rate - (4 * deviation), rate + (4 * deviation));

        // Neighbours are independent: both are dropped with probability rate^2.
        double both = Enumerable.Range(0, Length - 1).Average(i => dropped[i] * dropped[i + 1]);
        Assert.InRange(both, (rate * rate) - (8 * deviation), (rate * rate) + (8 * deviation));
    }

    [Fact]
    public void PartsGiveWhatTheWholeGives()
    {
        const int Length = 57;
        bool[] whole = Kept(0.3f, Seed, Step, Node, 0, Length);
        for (int part = 1; part < 12; part++)
        {
            for (int first = 0; first < Length; first += part)
            {
                int count = Math.Min(part, Length - first);
                Assert.Equal(whole.AsSpan(first, count).ToArray(), Kept(0.3f, Seed, Step, Node, first, count));
            }
        }
    }

    [Fact]
    public void AnyOtherSeedStepOrNodeDropsOthers()
    {
        bool[] kept = Kept(0.5f, Seed, Step, Node, 0, 64);
        Assert.NotEqual(kept, Kept(0.5f, Seed + 1, Step, Node, 0, 64));
        Assert.NotEqual(kept, Kept(0.5f, Seed, Step + 1, Node, 0, 64));
        Assert.NotEqual(kept, Kept(0.5f, Seed, Step, Node + 1, 0, 64));
        Assert.NotEqual(kept, Kept(0.5f, Seed, Node, Step, 0, 64));
        Assert.NotEqual(kept, Kept(0.5f, Seed, Step, Node, 64, 64));
        Assert.NotEqual(kept, Kept(0.5f, Seed, Step, Node, 1L << 34, 64));
    }

    /// <summary>These bits are part of what a seed stands for: other ones would change every model trained with dropout.</summary>
    [Fact]
    public void ASeedKeepsWhatItAlwaysKept() =>
        Assert.Equal("10000011101011101110000111111001", string.Concat(Kept(0.5f, Seed, Step, Node, 0, 32).Select(kept => kept ? '1' : '0')));

    private static bool[] Kept(float rate, ulong seed, ulong step, ulong node, long first, int count)
    {
        float[] ones = new float[count];
        Array.Fill(ones, 1);
        using GuardedBuffer x = new(ones);
        DropoutKernel.Run(rate, seed, step, node, first, count, x.Pointer, x.Pointer);
        return [.. x.Span.ToArray().Select(value => value != 0)];
    }
}
