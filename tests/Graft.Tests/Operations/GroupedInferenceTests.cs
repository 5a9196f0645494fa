using Graft.Kernels;
using Graft.Kernels.Convolution;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Plans;
using Graft.Tensors;
using Graft.Tests.Kernels;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Operations;

[Trait(Suites.Name, Suites.Kernels)]
public class GroupedInferenceTests
{
    public static TheoryData<string, int[], int, int, int, int, int, int> Cases() => new()
    {
        // What it is about, input shape, outputs, kernel, stride, dilation, groups, padding (-1 for SAME).
        { "plain", [1, 8, 9, 16], 32, 3, 1, 1, 1, 1 },
        { "odd channels", [1, 5, 7, 5], 13, 3, 1, 1, 1, 1 },
        { "one channel", [1, 6, 5, 1], 1, 3, 1, 1, 1, 1 },
        { "one pixel", [1, 1, 1, 3], 4, 3, 1, 1, 1, 1 },
        { "pointwise", [1, 4, 4, 17], 33, 1, 1, 1, 1, 0 },
        { "pointwise, strided", [1, 7, 7, 8], 9, 1, 2, 1, 1, 0 },
        { "kernel larger than the image", [1, 2, 3, 3], 5, 7, 1, 1, 1, 3 },
        { "a window with no pixel", [1, 1, 1, 2], 3, 2, 3, 1, 1, 3 },
        { "stem of a ResNet", [1, 24, 23, 3], 24, 7, 2, 1, 1, 3 },
        { "SAME on an even image", [1, 12, 10, 3], 16, 3, 2, 1, 1, -1 },
        { "SAME on an odd image", [1, 11, 13, 3], 16, 3, 2, 1, 1, -1 },
        { "dilated", [1, 11, 12, 6], 7, 3, 1, 2, 1, 2 },
        { "dilated and strided", [1, 11, 12, 6], 7, 3, 2, 3, 1, -1 },
        { "grouped", [1, 6, 7, 12], 20, 3, 1, 1, 4, 1 },
        { "grouped, many outputs", [1, 5, 5, 4], 70, 3, 2, 1, 2, 1 },
        { "depthwise", [1, 7, 6, 19], 19, 3, 1, 1, 19, 1 },
        { "depthwise, strided", [1, 9, 8, 33], 33, 5, 2, 1, 33, -1 },
        { "depthwise, dilated", [1, 9, 8, 4], 4, 3, 1, 3, 4, 3 },
        { "depthwise, a window with no pixel", [1, 2, 2, 18], 18, 2, 5, 1, 18, 5 },
        { "depthwise with a multiplier", [1, 5, 6, 3], 6, 3, 1, 1, 3, 1 },
        { "even kernel", [1, 6, 6, 4], 8, 4, 2, 1, 1, -1 },
        { "no padding", [1, 5, 5, 3], 6, 3, 1, 1, 1, 0 },
        { "a very large kernel", [1, 3, 3, 1], 2, 27, 1, 1, 1, 13 },
        { "a group wider than those copied together", [1, 6, 7, 160], 24, 3, 1, 1, 2, 1 },
        { "groups that are copied in parts", [1, 6, 7, 96], 48, 3, 1, 1, 24, 1 },
        { "many blocks of windows", [1, 28, 30, 40], 72, 3, 1, 1, 1, 1 },
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
                HasBias = hasBias,
            };
            Shape shape = Shape.Create(input);
            float[] x = Uniform((int)shape.Count, 1), weight = Uniform(outputs * (input[3] / groups) * kernel * kernel, 2), bias = hasBias ? Uniform(outputs, 3, 3, 2) : [];
            float[] expected = new float[conv.OutputShape([shape]).Count];
            ConvolutionKernel.Reference(WindowGeometry.Of(conv, shape), x, weight, bias, expected);
            float[] first = Run(conv, shape, x, weight, bias, 1);
            AssertClose(expected, first, 2e-6, what);
            foreach (int threads in (int[])[2, 3, 16]) Assert.Equal(first, Run(conv, shape, x, weight, bias, threads));
        }
    }

    [Fact]
    public void WhatIsNotANumberStaysSo() =>
        Assert.All(Run(new Conv2d(2, 1), [1, 1, 1, 1], [float.NaN], [1, 1], [], 1), value => Assert.Equal(float.NaN, value));

    private static unsafe float[] Run(Conv2d conv, Shape input, float[] image, float[] weight, float[] bias, int threads)
    {
        InferenceNode node = new()
        {
            Inputs = [input],
            Output = conv.OutputShape([input]),
            Weight = name => name == "weight" ? new Tensor([conv.OutChannels, input[3] / conv.Groups, conv.KernelSize, conv.KernelSize], weight) : new Tensor([conv.OutChannels], bias),
            Block = new WeightBlock(1024),
        };
        InferenceKernel kernel = conv.IsDepthwise(input) ? new InvertedResidualInference(null, new ConvolutionLayer(conv, node), null) : new GroupedInference(conv, node);
        using GuardedBuffer x = new(image), y = new((int)node.Output.Count), scratch = new(kernel.WorkerFloats);
        BufferTable buffers = new([ElementType.Float32, ElementType.Float32]);
        buffers.Place(0, x.Pointer);
        buffers.Place(1, y.Pointer);
        kernel.On([0], 1, 0);

        // Backwards: chunks must not depend on each other.
        int chunks = kernel.Chunks(0, threads);
        for (int chunk = chunks - 1; chunk >= 0; chunk--) kernel.Run(buffers, 0, chunk, chunks, scratch.Pointer);
        y.AssertGuards();
        scratch.AssertGuards();
        return y.Span.ToArray();
    }
}
