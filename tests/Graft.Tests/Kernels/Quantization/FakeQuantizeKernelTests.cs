using Graft.Kernels;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Quantization;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels.Quantization;

[Trait(Suites.Name, Suites.Kernels)]
public unsafe class FakeQuantizeKernelTests
{
    private static readonly ByteGrid[] Grids = [new(1, 0), new(1, 255), new(0.0235294122f, 0), new(0.1f, 100), new(0.037f, 128), new(1e-30f, 7), new(1e30f, 200)];

    [Fact]
    public void NumbersAreTheReferencesToTheBit()
    {
        foreach (ByteGrid grid in Grids)
        {
            foreach (int length in (int[])[0, 1, 3, 4, 15, 16, 17, 33, 100])
            {
                // Some beyond either end.
                using GuardedBuffer x = new(Uniform(length, 1, 150 * (double)grid.Scale, (127 - grid.ZeroPoint) * (double)grid.Scale)), y = new(length);
                float[] expected = new float[length];
                FakeQuantizeKernel.Reference(grid, x.Span, expected);
                FakeQuantizeKernel.Run(length, grid.Range, grid.Scale, x.Pointer, y.Pointer);
                y.AssertGuards();
                Assert.Equal(expected, y.Span.ToArray());
                FakeQuantizeKernel.Run(length, grid.Range, grid.Scale, x.Pointer, x.Pointer);
                x.AssertGuards();
                Assert.Equal(expected, x.Span.ToArray());
            }
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 5)]
    [InlineData(4, 16)]
    [InlineData(2, 37)]
    public void RowsAreTheReferencesToTheBit(int rows, int channels)
    {
        foreach (ByteGrid grid in Grids)
        {
            using GuardedBuffer values = new(Uniform(rows * channels, 1, 150 * (double)grid.Scale, (127 - grid.ZeroPoint) * (double)grid.Scale));
            float[] expected = new float[rows * channels];
            FakeQuantizeKernel.Reference(grid, values.Span, expected);
            FakeQuantizeKernel.InPlace(rows, channels, grid.Range, grid.Scale, new StridedRows(values.Pointer, channels));
            values.AssertGuards();
            Assert.Equal(expected, values.Span.ToArray());
        }
    }

    [Fact]
    public void HalvesGoToTheEvenAndWhatIsBeyondToTheEnd()
    {
        float[] numbers = [0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 0.49999997f, 0.50000006f, 154.5f, 155.5f, 1e30f, float.MaxValue, float.PositiveInfinity, -99.5f, -100.5f, -1e30f, float.NegativeInfinity, 1e-40f, -0f];
        float[] nearest = [0, 2, 2, 0, -2, -2, 0, 1, 154, 155, 155, 155, 155, -100, -100, -100, -100, 0, 0];
        using GuardedBuffer x = new(numbers), y = new(numbers.Length);
        ByteGrid grid = new(1, 100);
        FakeQuantizeKernel.Run(numbers.Length, grid.Range, grid.Scale, x.Pointer, y.Pointer);
        Assert.Equal(nearest, y.Span.ToArray());
        float[] reference = new float[numbers.Length];
        FakeQuantizeKernel.Reference(grid, numbers, reference);
        Assert.Equal(nearest, reference);
    }

    [Fact]
    public void BoundsOfAnActivationCutOffFirst()
    {
        // As relu6 before a grid that goes further.
        float[] numbers = [-5, -0.1f, 0.3f, 5.9f, 6.2f, 100];
        using GuardedBuffer x = new(numbers), y = new(numbers.Length);
        FakeQuantizeKernel.Run(numbers.Length, new Clamp(0, 6), 0.25f, x.Pointer, y.Pointer);
        Assert.Equal([0, 0, 0.25f, 6, 6, 6], y.Span.ToArray());
    }

    /// <summary>A byte cannot stand for it; whatever comes out, it is one of the numbers or NaN, in vectors and in the rest alike.</summary>
    [Fact]
    public void WhatIsNotANumberIsSeenOrOneOfTheNumbers()
    {
        ByteGrid grid = new(0.5f, 100);
        float[] numbers = new float[37];
        Array.Fill(numbers, float.NaN);
        using GuardedBuffer x = new(numbers), y = new(numbers.Length);
        FakeQuantizeKernel.Run(numbers.Length, grid.Range, grid.Scale, x.Pointer, y.Pointer);
        y.AssertGuards();
        Assert.All(y.Span.ToArray(), value => Assert.Equal(y.Span[0], value));
        Assert.True(float.IsNaN(y.Span[0]) || grid.Nearest(y.Span[0]) == y.Span[0], $"{y.Span[0]}");
    }

    [Fact]
    public void GradientsPassWhereNothingIsCutOff()
    {
        ByteGrid grid = new(0.5f, 2);
        float[] dx = new float[7];
        FakeQuantizeKernel.BackwardReference(grid, [-1.1f, -1, -0.9f, 0, 126.4f, 126.5f, 127], [1, 2, 3, 4, 5, 6, 7], dx);
        Assert.Equal([0, 0, 3, 4, 5, 0, 0], dx);
    }
}
