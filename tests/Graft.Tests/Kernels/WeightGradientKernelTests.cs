using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Networks;
using Graft.Operations;
using Graft.Simd;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

/// <summary>The gradients of convolutions' weights, and the windows that they are products of.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public unsafe class WeightGradientKernelTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(0, 3, 5)]
    [InlineData(3, 8, 32)]
    [InlineData(28, 13, 35)]
    [InlineData(7, 4, 16)]
    [InlineData(5, 9, 48)]
    [InlineData(112, 21, 63)]
    [InlineData(9, 1, 66)]
    [InlineData(2, 17, 7)]
    [InlineData(11, 43, 24)]
    public void ADenseLayersEqualsTheReference(int rows, int depth, int outputs)
    {
        foreach (bool begins in (bool[])[false, true]) AssertEqualsTheReference(rows, depth, outputs, begins);
    }

    private static void AssertEqualsTheReference(int rows, int depth, int outputs, bool begins)
    {
        int xs = depth + 2, ds = outputs + 1, ws = outputs + 3;
        using GuardedBuffer x = new(Uniform(rows * xs, 1)), dy = new(Uniform(rows * ds, 2)), expected = new(Uniform(depth * ws, 3)), actual = new(expected.Span);
        WeightGradient call = new() { Rows = rows, Depth = depth, Outputs = outputs, X = x.Pointer, XStride = xs, Dy = dy.Pointer, DyStride = ds, Dw = expected.Pointer, DwStride = ws, Begins = begins };
        WeightGradientKernel.Reference(call);
        call.Dw = actual.Pointer;
        WeightGradientKernel.Run(call);
        actual.AssertGuards();
        AssertClose(expected.Span, actual.Span, 1e-6);

        // What lies between the rows of dw is not its.
        for (int k = 0; k < depth; k++) Assert.Equal(expected.Span.Slice((k * ws) + outputs, 3).ToArray(), actual.Span.Slice((k * ws) + outputs, 3).ToArray());
    }

    [Theory]
    [InlineData(1, 3, 1, 1)]
    [InlineData(2, 3, 1, 1)]
    [InlineData(7, 3, 1, 1)]
    [InlineData(20, 3, 1, 1)]
    [InlineData(1, 3, 2, 1)]
    [InlineData(2, 3, 2, 1)]
    [InlineData(9, 3, 2, 1)]
    [InlineData(5, 3, 3, 1)]
    [InlineData(1, 5, 1, 1)]
    [InlineData(8, 5, 1, 1)]
    [InlineData(7, 5, 2, 1)]
    [InlineData(6, 1, 1, 1)]
    [InlineData(6, 2, 1, 1)]
    [InlineData(4, 2, 5, 1)]
    [InlineData(3, 7, 2, 1)]
    [InlineData(9, 3, 1, 2)]
    [InlineData(4, 3, 2, 3)]
    [InlineData(8, 5, 1, 6)]
    public void ADepthwiseRowsEqualsTheReference(int width, int kernel, int stride, int dilation)
    {
        int lanes = SimdWidth.Lanes, pixels = ((width - 1) * stride) + ((kernel - 1) * dilation) + 1;
        foreach (int vectors in (int[])[1, 2, 3])
        {
            int dyPlane = (width * lanes) + 4, xPlane = (pixels * lanes) + 8, taps = kernel * vectors * lanes;
            using GuardedBuffer dy = new(Uniform(vectors * dyPlane, 1)), x = new(Uniform(vectors * xPlane, 2)), weights = new(Uniform(taps, 3));
            using GuardedBuffer dx = new(Uniform(vectors * xPlane, 4)), dw = new(Uniform(taps, 5)), expectedDx = new(dx.Span), expectedDw = new(dw.Span);
            DepthwiseGradientCall call = new()
            {
                Kernel = kernel,
                Stride = stride,
                Dilation = dilation,
                Width = width,
                Vectors = vectors,
                Dy = dy.Pointer,
                DyPlane = dyPlane,
                X = x.Pointer,
                Dx = expectedDx.Pointer,
                XPlane = xPlane,
                Weights = weights.Pointer,
                Dw = expectedDw.Pointer,
            };
            DepthwiseGradientKernel.Reference(call, lanes);
            call.Dx = dx.Pointer;
            call.Dw = dw.Pointer;
            DepthwiseGradientKernel.Run(call);
            dx.AssertGuards();
            dw.AssertGuards();
            AssertClose(expectedDx.Span, dx.Span, 1e-6, $"dx, {vectors} vectors");
            AssertClose(expectedDw.Span, dw.Span, 1e-6, $"dw, {vectors} vectors");

            // What lies between the planes of dx is not its.
            for (int vector = 0; vector < vectors; vector++)
                Assert.Equal(expectedDx.Span.Slice((vector * xPlane) + (pixels * lanes), 8).ToArray(), dx.Span.Slice((vector * xPlane) + (pixels * lanes), 8).ToArray());
        }
    }

    // The input's height, width and channels, then kernel, stride, dilation, groups and padding.
    [Theory]
    [InlineData(5, 6, 3, 3, 1, 1, 1, 1)]
    [InlineData(8, 7, 4, 3, 2, 1, 2, -1)]
    [InlineData(9, 4, 6, 5, 2, 1, 3, 2)]
    [InlineData(7, 7, 2, 3, 1, 2, 1, 2)]
    [InlineData(6, 5, 33, 1, 2, 1, 1, 0)]
    [InlineData(2, 3, 5, 3, 1, 1, 5, 4)]
    public void WindowsAreCopiedOutAndAddedBack(int height, int width, int channels, int kernel, int stride, int dilation, int groups, int padding)
    {
        Conv2d convolution = new(groups, kernel) { Stride = stride, Dilation = dilation, Groups = groups, Padding = padding < 0 ? Padding.Same : Padding.Symmetric(padding) };
        WindowGeometry g = WindowGeometry.Of(convolution, [1, height, width, channels]);
        int depth = kernel * kernel * g.GroupChannels, pitch = depth + 3, pixels = g.OutHeight * g.OutWidth;
        foreach ((int first, int count) in ((int, int)[])[(0, pixels), (pixels / 3, pixels - (pixels / 3)), (pixels - 1, 1)])
        {
            for (int group = 0; group < groups; group++)
            {
                using GuardedBuffer image = new(Uniform(height * width * channels, 1)), sums = new(image.Span), rows = new(count * pitch), added = new(Uniform(count * pitch, 2));
                float[] expected = image.Span.ToArray();
                Windows.Gather(g, image.Pointer, group, first, count, rows.Pointer, pitch);
                Windows.ScatterAdd(g, added.Pointer, pitch, group, first, count, sums.Pointer);
                rows.AssertGuards();
                sums.AssertGuards();
                for (int p = 0; p < count; p++)
                {
                    for (int k = 0; k < pitch; k++)
                    {
                        float actual = rows.Span[(p * pitch) + k];
                        if (k >= depth)
                        {
                            Assert.True(float.IsNaN(actual));
                            continue;
                        }

                        int y = ((first + p) / g.OutWidth * stride) - g.Top + (k / g.GroupChannels / kernel * dilation), x = ((first + p) % g.OutWidth * stride) - g.Left + (k / g.GroupChannels % kernel * dilation);
                        bool isInside = y >= 0 && y < height && x >= 0 && x < width;
                        int place = (((y * width) + x) * channels) + (group * g.GroupChannels) + (k % g.GroupChannels);
                        Assert.Equal(isInside ? image.Span[place] : 0, actual);
                        if (isInside) expected[place] += added.Span[(p * pitch) + k];
                    }
                }

                Assert.Equal(expected, sums.Span.ToArray());
            }
        }
    }
}
