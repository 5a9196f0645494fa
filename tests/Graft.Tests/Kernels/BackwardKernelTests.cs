using Graft.Activations;
using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Kernels.Elementwise;
using Graft.Kernels.Normalization;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

/// <summary>The vector paths of the backward against their references.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class BackwardKernelTests
{
    [Theory]
    [MemberData(nameof(ElementwiseKernelTests.Functions), MemberType = typeof(ElementwiseKernelTests))]
    public void AnActivationEqualsTheReference(string name)
    {
        ActivationFunction function = ActivationFunction.Find(name)!;
        foreach (int length in new[] { 0, 1, 3, 4, 15, 16, 17, 100 })
        {
            using GuardedBuffer x = new(Uniform(length, 1, 8)), dy = new(Uniform(length, 2)), dx = new(length);
            float[] expected = new float[length];
            function.BackwardReference(x.Span, dy.Span, expected);
            Backward(function, x, dy, dx);
            dx.AssertGuards();
            for (int i = 0; i < length; i++)
                Assert.True(Math.Abs(expected[i] - dx.Span[i]) <= 1e-6 * Math.Abs(dy.Span[i]), $"{function} at {x.Span[i]}: {dx.Span[i]}, not {expected[i]}");
            Backward(function, x, dy, dy);
            Assert.True(dx.Span.SequenceEqual(dy.Span));
        }
    }

    [Theory]
    [MemberData(nameof(ElementwiseKernelTests.Functions), MemberType = typeof(ElementwiseKernelTests))]
    public void AnActivationTakesKinksAndExtremeNumbers(string name)
    {
        ActivationFunction function = ActivationFunction.Find(name)!;
        float[] numbers = [0, -0f, 6, 3, -3, 5.9999995f, 6.0000005f, 2.9999998f, -2.9999998f, 20, -20, 60, -60, 100, -100, 1e30f, -1e30f, 1e-40f, -1e-40f, 88.8f, -88.8f], ones = new float[numbers.Length];
        Array.Fill(ones, 1);
        using GuardedBuffer x = new(numbers), dy = new(ones), dx = new(numbers.Length);
        Backward(function, x, dy, dx);
        for (int i = 0; i < numbers.Length; i++)
        {
            double expected = function.Derivative(numbers[i]);

            // Relative for sigmoids far from 0; hard Swish passes through 0.
            double tolerance = function == ActivationFunction.HardSwish ? 1e-6 : 3e-6 * Math.Abs(expected);
            Assert.True(Math.Abs(expected - dx.Span[i]) <= Math.Max(tolerance, 1e-36), $"{function} at {numbers[i]}: {dx.Span[i]}, not {expected}");
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(49, 37)]
    [InlineData(3, 16)]
    public void GlobalAveragePoolingEqualsTheReference(int pixels, int channels)
    {
        using GuardedBuffer dy = new(Uniform(channels, 1)), dx = new(pixels * channels);
        float[] expected = new float[pixels * channels];
        GlobalAveragePoolKernel.BackwardReference(1, pixels, channels, dy.Span, expected);
        GlobalAveragePoolKernel.Backward(pixels, channels, dy.Pointer, dx.Pointer);
        dx.AssertGuards();
        Assert.True(dx.Span.SequenceEqual(expected));
    }

    [Theory]
    [MemberData(nameof(ImageKernelTests.Windows), MemberType = typeof(ImageKernelTests))]
    public void PoolingEqualsTheReference(int[] input, int kernel, int stride, int padding)
    {
        Shape shape = Shape.Create(input);
        float[] values = Uniform((int)shape.Count, 1, 1, -2);
        foreach ((PoolFunction function, bool ties) in new[] { (PoolFunction.Max, false), (PoolFunction.Max, true), (PoolFunction.Average, false) })
        {
            Pool2d pool = new(function, kernel) { Stride = stride, Padding = padding < 0 ? Padding.Same : Padding.Symmetric(padding) };
            WindowGeometry g = WindowGeometry.Of(pool, shape);
            int image = g.Height * g.Width * g.Channels, outImage = g.OutHeight * g.OutWidth * g.Channels;
            using GuardedBuffer x = new(ties ? [.. values.Select(value => MathF.Floor(2 * value))] : values), dy = new(Uniform(g.Batch * outImage, 2)), dx = new(values.Length);
            float[] expected = new float[values.Length];
            PoolKernel.BackwardReference(g, function, x.Span, dy.Span, expected);
            for (int n = g.Batch - 1; n >= 0; n--) PoolKernel.Backward(g, function, x.Pointer + (n * image), dy.Pointer + (n * outImage), dx.Pointer + (n * image));
            dx.AssertGuards();
            AssertClose(expected, dx.Span, 1e-6, $"{function}");
        }
    }

    [Fact]
    public void TheFirstOfAWindowsLargestPixelsTakesTheGradientAlone()
    {
        WindowGeometry g = WindowGeometry.Of(new Pool2d(PoolFunction.Max, 2) { Stride = 2 }, [1, 2, 4, 1]);
        using GuardedBuffer x = new([1, 5, 0, 0, 5, 5, 0, 0]), dy = new([3, 4]), dx = new(8);
        PoolKernel.Backward(g, PoolFunction.Max, x.Pointer, dy.Pointer, dx.Pointer);
        Assert.Equal([0, 3, 4, 0, 0, 0, 0, 0], dx.Span.ToArray());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(2, 16)]
    [InlineData(2, 1001)]
    [InlineData(5, 33)]
    public void ASoftmaxEqualsTheReference(int rows, int columns)
    {
        float[] probabilities = new float[rows * columns], expected = new float[rows * columns];
        SoftmaxKernel.Reference(rows, columns, Uniform(rows * columns, 1, 5), probabilities);
        using GuardedBuffer y = new(probabilities), dy = new(Uniform(rows * columns, 2)), dx = new(rows * columns);
        SoftmaxKernel.BackwardReference(rows, columns, y.Span, dy.Span, expected);
        SoftmaxKernel.Backward(rows, columns, y.Pointer, dy.Pointer, dx.Pointer);
        dx.AssertGuards();
        AssertClose(expected, dx.Span, 2e-6);
        SoftmaxKernel.Backward(rows, columns, y.Pointer, dy.Pointer, dy.Pointer);
        Assert.True(dx.Span.SequenceEqual(dy.Span));
    }

    [Theory]
    [InlineData(1, 1, 1, 3, 4)]
    [InlineData(4, 6, 3, 7, 5)]
    [InlineData(7, 5, 33, 14, 10)]
    [InlineData(9, 8, 16, 3, 3)]
    [InlineData(6, 6, 8, 6, 6)]
    [InlineData(5, 4, 20, 1, 1)]
    public void ResizingEqualsTheReference(int height, int width, int channels, int outHeight, int outWidth)
    {
        foreach (ResizeGeometry geometry in ImageKernelTests.Resizes(height, width, channels, outHeight, outWidth))
        {
            using GuardedBuffer dy = new(Uniform(outHeight * outWidth * channels, 1)), dx = new(height * width * channels);
            float[] expected = new float[dx.Span.Length];
            ResizeKernel.BackwardReference(geometry, 1, dy.Span, expected);
            ResizeKernel.Backward(geometry, dy.Pointer, dx.Pointer);
            dx.AssertGuards();
            AssertClose(expected, dx.Span, 1e-6, $"{geometry}");
        }
    }

    private static void Backward(ActivationFunction function, GuardedBuffer x, GuardedBuffer dy, GuardedBuffer dx)
    {
        int length = x.Span.Length;
        function.Sum(new GradientSum
        {
            Count = 1,
            Channels = length,
            Gradient = new StridedRows(dy.Pointer, length),
            X = new StoredRows(x.Pointer, length),
            Target = new StoredRows(dx.Pointer, length),
            Clamp = Clamp.None,
        });
    }
}
