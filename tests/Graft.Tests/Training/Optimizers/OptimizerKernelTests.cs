using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Optimizers;
using Graft.Tests.Kernels;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Training.Optimizers;

[Trait(Suites.Name, Suites.Kernels)]
public unsafe class OptimizerKernelTests
{
    public static readonly TheoryData<int> Lengths = [0, 1, 3, 4, 15, 16, 17, 100, 1500];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void AStepOfGradientDescentEqualsTheReference(int length)
    {
        foreach (bool flag in new[] { false, true })
        {
            SgdStep step = new(0.1f, 0.9f, 0.01f, 0.7f, Nesterov: flag, Clear: flag);
            using Arrays kernel = new(length), reference = new(length);
            SgdKernel.Reference(step, reference.G.Span, reference.M.Span, reference.W.Span);
            SgdKernel.Run(step, length, kernel.G.Pointer, kernel.M.Pointer, kernel.W.Pointer);
            kernel.AssertClose(reference, 3e-7);
            if (flag) Assert.All(kernel.G.Span.ToArray(), g => Assert.Equal(0, g));
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void AStepOfAdamEqualsTheReference(int length)
    {
        foreach (bool flag in new[] { false, true })
        {
            AdamStep step = new(0.9f, 0.99f, 0.1f, 1.5f, 1e-6f, 0.7f, Clear: flag);
            using Arrays kernel = new(length), reference = new(length);
            AdamKernel.Reference(step, 0.98f, reference.G.Span, reference.M.Span, reference.V.Span, reference.W.Span);
            AdamKernel.Run(step, 0.98f, length, kernel.G.Pointer, kernel.M.Pointer, kernel.V.Pointer, kernel.W.Pointer);
            kernel.AssertClose(reference, 5e-7);
            if (flag) Assert.All(kernel.G.Span.ToArray(), g => Assert.Equal(0, g));
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void AStepOfLambEqualsTheReference(int length)
    {
        foreach (bool flag in new[] { false, true })
        {
            AdamStep step = new(0.9f, 0.99f, 1.2f, 1.5f, 1e-6f, 0.7f, Clear: flag);
            using Arrays kernel = new(length), reference = new(length);
            (double direction, double weights) = LambKernel.ReferenceMoments(step, 0.02f, reference.G.Span, reference.M.Span, reference.V.Span, reference.W.Span);
            (double d, double w) = LambKernel.Moments(step, 0.02f, length, kernel.G.Pointer, kernel.M.Pointer, kernel.V.Pointer, kernel.W.Pointer);
            Assert.Equal(direction, d, 1e-6 * direction);
            Assert.Equal(weights, w, 1e-13 * weights);
            LambKernel.ReferenceMove(step, 0.02f, 0.3f, reference.M.Span, reference.V.Span, reference.W.Span);
            LambKernel.Move(step, 0.02f, 0.3f, length, kernel.M.Pointer, kernel.V.Pointer, kernel.W.Pointer);
            kernel.AssertClose(reference, 5e-7);
            if (flag) Assert.All(kernel.G.Span.ToArray(), g => Assert.Equal(0, g));
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void ASumOfSquaresEqualsTheReference(int length)
    {
        foreach (double scale in new[] { 1.0, 1e-30, 1e30 })
        {
            using GuardedBuffer x = new(Uniform(length, 1, scale));
            double expected = SumOfSquaresKernel.Reference(x.Span);
            Assert.Equal(expected, SumOfSquaresKernel.Run(length, x.Pointer), 1e-13 * expected);
        }
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void AStepOfAnAverageEqualsTheReference(int length)
    {
        using GuardedBuffer x = new(Uniform(length, 1)), y = new(Uniform(length, 2));
        float[] expected = Uniform(length, 2);
        AverageKernel.Reference(0.3f, x.Span, expected);
        AverageKernel.Run(length, 0.3f, x.Pointer, y.Pointer);
        y.AssertGuards();
        AssertClose(expected, y.Span, 2e-7);
        AverageKernel.Run(length, 0.3f, x.Pointer, x.Pointer);
        Assert.Equal(Uniform(length, 1), x.Span.ToArray());
    }

    [Fact]
    public void AWeightGivesTheSameBitsAnywhere()
    {
        const int Length = 37;
        float[] Same(float value) => [.. Enumerable.Repeat(value, Length)];
        using GuardedBuffer g = new(Same(0.123f)), m = new(Same(0.456f)), v = new(Same(0.789f)), w = new(Same(1.234f));
        SgdKernel.Run(new SgdStep(0.1f, 0.9f, 0.01f, 0.7f, true, false), Length, g.Pointer, m.Pointer, w.Pointer);
        AdamKernel.Run(new AdamStep(0.9f, 0.99f, 0.1f, 1.5f, 1e-6f, 0.7f, false), 0.98f, Length, g.Pointer, m.Pointer, v.Pointer, w.Pointer);
        LambKernel.Moments(new AdamStep(0.9f, 0.99f, 1.2f, 1.5f, 1e-6f, 0.7f, false), 0.02f, Length, g.Pointer, m.Pointer, v.Pointer, w.Pointer);
        LambKernel.Move(new AdamStep(0.9f, 0.99f, 1.2f, 1.5f, 1e-6f, 0.7f, false), 0.02f, 0.3f, Length, m.Pointer, v.Pointer, w.Pointer);
        AverageKernel.Run(Length, 0.3f, g.Pointer, w.Pointer);
        foreach (GuardedBuffer buffer in new[] { m, v, w })
        {
            float first = buffer.Span[0];
            Assert.Equal(-1, buffer.Span.IndexOfAnyExcept(first));
        }
    }

    private sealed class Arrays(int length) : IDisposable
    {
        public GuardedBuffer G { get; } = new(Uniform(length, 1));

        public GuardedBuffer M { get; } = new(Uniform(length, 2));

        public GuardedBuffer V { get; } = new(Uniform(length, 3, 0.45, 0.55));

        public GuardedBuffer W { get; } = new(Uniform(length, 4));

        public void AssertClose(Arrays reference, double tolerance)
        {
            foreach ((GuardedBuffer actual, GuardedBuffer expected) in new[] { (G, reference.G), (M, reference.M), (V, reference.V), (W, reference.W) })
            {
                actual.AssertGuards();
                TestNumbers.AssertClose(expected.Span, actual.Span, tolerance);
            }
        }

        public void Dispose()
        {
            foreach (GuardedBuffer buffer in new[] { G, M, V, W }) buffer.Dispose();
        }
    }
}
