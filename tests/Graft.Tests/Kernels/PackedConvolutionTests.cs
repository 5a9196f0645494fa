using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Kernels;

[Trait(Suites.Name, Suites.Kernels)]
public class PackedConvolutionTests
{
    public static TheoryData<string, int[], int, int, int, int, int, int> Cases() => new()
    {
        // What it is about, input shape, outputs, kernel, stride, dilation, groups, padding (-1 for SAME).
        { "plain", [1, 8, 9, 16], 32, 3, 1, 1, 1, 1 },
        { "odd channels", [2, 5, 7, 5], 13, 3, 1, 1, 1, 1 },
        { "one channel", [1, 6, 5, 1], 1, 3, 1, 1, 1, 1 },
        { "one pixel", [1, 1, 1, 3], 4, 3, 1, 1, 1, 1 },
        { "pointwise", [3, 4, 4, 17], 33, 1, 1, 1, 1, 0 },
        { "pointwise, strided", [1, 7, 7, 8], 9, 1, 2, 1, 1, 0 },
        { "kernel larger than the image", [1, 2, 3, 3], 5, 7, 1, 1, 1, 3 },
        { "a window with no pixel", [1, 1, 1, 2], 3, 2, 3, 1, 1, 3 },
        { "stem of a ResNet", [1, 24, 23, 3], 24, 7, 2, 1, 1, 3 },
        { "SAME on an even image", [1, 12, 10, 3], 16, 3, 2, 1, 1, -1 },
        { "SAME on an odd image", [1, 11, 13, 3], 16, 3, 2, 1, 1, -1 },
        { "dilated", [1, 11, 12, 6], 7, 3, 1, 2, 1, 2 },
        { "dilated and strided", [2, 11, 12, 6], 7, 3, 2, 3, 1, -1 },
        { "grouped", [1, 6, 7, 12], 20, 3, 1, 1, 4, 1 },
        { "grouped, many outputs", [1, 5, 5, 4], 70, 3, 2, 1, 2, 1 },
        { "depthwise", [2, 7, 6, 19], 19, 3, 1, 1, 19, 1 },
        { "depthwise, strided", [1, 9, 8, 33], 33, 5, 2, 1, 33, -1 },
        { "depthwise, dilated", [1, 9, 8, 4], 4, 3, 1, 3, 4, 3 },
        { "depthwise, a window with no pixel", [1, 2, 2, 18], 18, 2, 5, 1, 18, 5 },
        { "depthwise with a multiplier", [1, 5, 6, 3], 6, 3, 1, 1, 3, 1 },
        { "even kernel", [1, 6, 6, 4], 8, 4, 2, 1, 1, -1 },
        { "no padding", [2, 5, 5, 3], 6, 3, 1, 1, 1, 0 },
        { "a very large kernel", [1, 3, 3, 1], 2, 27, 1, 1, 1, 13 },
        { "many panels, few pixels", [1, 2, 2, 64], 300, 3, 1, 1, 1, 1 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void EqualsTheReference(string what, int[] input, int outputs, int kernel, int stride, int dilation, int groups, int padding)
    {
        foreach (bool hasBias in (bool[])[false, true])
        {
            Conv2d conv = new(outputs, kernel)
            {
                Stride = stride,
                Dilation = dilation,
                Groups = groups,
                Padding = padding < 0 ? Padding.Same : Padding.Symmetric(padding),
            };
            Shape shape = Shape.Create(input);
            WindowGeometry g = WindowGeometry.Of(conv, shape);
            float[] x = Uniform((int)shape.Count, 1), weight = Uniform(outputs * (input[3] / groups) * kernel * kernel, 2), bias = hasBias ? Uniform(outputs, 3, 3, 2) : [];
            float[] expected = new float[conv.OutputShape([shape]).Count];
            ConvolutionKernel.Reference(g, x, weight, bias, expected);

            PackedConvolution packed = new(weight, bias, outputs, kernel, groups);
            using GuardedBuffer y = new(expected.Length);
            Run(packed, g, x, y);
            AssertClose(expected, y.Span, 2e-6, what);
        }
    }

    [Fact]
    public void ALargeLayerOfManyChunksEqualsTheReference()
    {
        Conv2d conv = new(72, 3) { Padding = Padding.Same };
        Shape shape = [2, 14, 15, 40];
        WindowGeometry g = WindowGeometry.Of(conv, shape);
        float[] x = Uniform((int)shape.Count, 1), weight = Uniform(72 * 40 * 9, 2), expected = new float[2 * 14 * 15 * 72];
        ConvolutionKernel.Reference(g, x, weight, [], expected);
        PackedConvolution packed = new(weight, [], 72, 3);
        Assert.True(packed.Chunks(g) > 3);
        using GuardedBuffer y = new(expected.Length);
        Run(packed, g, x, y);
        AssertClose(expected, y.Span, 2e-6);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(6, 1)]
    [InlineData(11, 1)]
    [InlineData(11, 19)]
    public void AnImageGivesTheSameBitsAnywhereInABatch(int groups, int multiplier)
    {
        const int Channels = 66;
        int inputs = groups == 11 && multiplier == 1 ? 11 : Channels;
        Conv2d conv = new(groups * (groups == 11 ? multiplier : 3), 3) { Groups = groups, Stride = 2, Padding = Padding.Symmetric(1) };
        float[] image = Uniform(7 * 9 * inputs, 1), weight = Uniform(conv.OutChannels * (inputs / groups) * 9, 2);
        PackedConvolution packed = new(weight, [], conv.OutChannels, 3, groups);
        WindowGeometry one = WindowGeometry.Of(conv, [1, 7, 9, inputs]), five = WindowGeometry.Of(conv, [5, 7, 9, inputs]);
        using GuardedBuffer single = new(4 * 5 * conv.OutChannels), many = new(5 * 4 * 5 * conv.OutChannels);
        Run(packed, one, image, single);
        Run(packed, five, [.. image, .. image, .. image, .. image, .. image], many);
        for (int n = 0; n < 5; n++) Assert.True(single.Span.SequenceEqual(many.Span.Slice(n * single.Span.Length, single.Span.Length)));
    }

    [Fact]
    public void WhatIsNotANumberStaysSo()
    {
        using GuardedBuffer y = new(2);
        Run(new PackedConvolution([1, 1], [], 2, 1), WindowGeometry.Of(new Conv2d(2, 1), [1, 1, 1, 1]), [float.NaN], y);
        Assert.All(y.Span.ToArray(), value => Assert.Equal(float.NaN, value));
    }

    private static unsafe void Run(PackedConvolution packed, WindowGeometry g, float[] input, GuardedBuffer y)
    {
        using GuardedBuffer x = new(input);

        // Backwards: chunks must not depend on each other.
        for (int chunk = packed.Chunks(g) - 1; chunk >= 0; chunk--) packed.Run(g, x.Pointer, y.Pointer, chunk);
        y.AssertGuards();
    }
}
