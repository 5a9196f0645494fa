using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

/// <summary>Pooling and resizing.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class ImageKernelTests
{
    public static TheoryData<int[], int, int, int> Windows() => new()
    {
        // Input shape, kernel, stride, padding (-1 for SAME).
        { [1, 1, 1, 1], 1, 1, 0 },
        { [2, 7, 6, 5], 3, 2, 1 },
        { [1, 8, 8, 16], 2, 2, 0 },
        { [1, 8, 9, 37], 3, 2, -1 },
        { [1, 5, 5, 17], 3, 1, -1 },
        { [1, 1, 2, 3], 5, 1, 2 },
        { [3, 6, 4, 32], 2, 3, 1 },
    };

    [Theory]
    [MemberData(nameof(Windows))]
    public void PoolingEqualsTheReference(int[] input, int kernel, int stride, int padding)
    {
        foreach (PoolFunction function in Enum.GetValues<PoolFunction>())
        {
            Shape shape = Shape.Create(input);
            Pool2d pool = new(function, kernel) { Stride = stride, Padding = padding < 0 ? Padding.Same : Padding.Symmetric(padding) };
            WindowGeometry g = WindowGeometry.Of(pool, shape);
            float[] expected = new float[pool.OutputShape([shape]).Count];
            using GuardedBuffer x = new(Uniform((int)shape.Count, 1, 1, -2)), y = new(expected.Length);
            PoolKernel.Reference(g, function, x.Span, expected);
            for (int row = (g.Batch * g.OutHeight) - 1; row >= 0; row--) PoolKernel.Run(g, function, x.Pointer, y.Pointer, row, row + 1);
            y.AssertGuards();
            AssertClose(expected, y.Span, function == PoolFunction.Max ? 0 : 1e-6, $"{function}");
        }
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(49, 1)]
    [InlineData(49, 37)]
    [InlineData(200, 16)]
    [InlineData(3000, 5)]
    public void GlobalAveragePoolingEqualsTheReference(int pixels, int channels)
    {
        using GuardedBuffer x = new(Uniform(pixels * channels, 1, 1, 3)), y = new(channels);
        float[] expected = new float[channels];
        GlobalAveragePoolKernel.Reference(1, pixels, channels, x.Span, expected);
        GlobalAveragePoolKernel.Run(pixels, channels, x.Pointer, y.Pointer);
        y.AssertGuards();
        AssertClose(expected, y.Span, 1e-6);
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
        foreach (ResizeGeometry geometry in Resizes(height, width, channels, outHeight, outWidth))
        {
            using GuardedBuffer x = new(Uniform(2 * height * width * channels, 1)), y = new(2 * outHeight * outWidth * channels);
            float[] expected = new float[y.Span.Length];
            ResizeKernel.Reference(geometry, 2, x.Span, expected);
            for (int row = (2 * outHeight) - 1; row >= 0; row--) ResizeKernel.Run(geometry, x.Pointer, y.Pointer, row, row + 1);
            y.AssertGuards();
            AssertClose(expected, y.Span, geometry.Mode == ResizeMode.Nearest ? 0 : 1e-6, $"{geometry}");
        }
    }

    /// <summary>Both modes, with the factors that follow from the sides, and with others.</summary>
    internal static IEnumerable<ResizeGeometry> Resizes(int height, int width, int channels, int outHeight, int outWidth) =>
        from mode in Enum.GetValues<ResizeMode>()
        from scale in ((float, float)?[])[null, (outHeight / (height - 0.3f), (outWidth + 0.6f) / width)]
        select new ResizeGeometry(mode, height, width, channels, outHeight, outWidth) { Scale = scale };
}
