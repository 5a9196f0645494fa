using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Convolution;
using Graft.Tensors;
using Graft.Training;
using static Graft.Tests.Training.Trainings;

namespace Graft.Tests.Training;

/// <summary>Convolutions of many channels in training, tap by tap: many images in a block, and many blocks in an image.</summary>
[Trait(Suites.Name, Suites.Kernels)]
public class WindowConvolutionTests
{
    /// <summary>Height, width, channels, outputs, kernel, stride, dilation, padding (-1: SAME), images.</summary>
    public static TheoryData<int, int, int, int, int, int, int, int, int> Convolutions() => new()
    {
        { 5, 6, 16, 9, 3, 1, 1, 1, 7 },
        { 1, 1, 32, 33, 3, 1, 1, 1, 5 },
        { 2, 3, 20, 16, 3, 2, 1, 1, 9 },
        { 7, 6, 17, 5, 3, 2, 1, -1, 3 },
        { 8, 7, 19, 12, 1, 2, 1, 0, 4 },
        { 9, 9, 16, 4, 3, 1, 2, 2, 3 },
        { 10, 9, 18, 6, 5, 3, 1, 2, 3 },
        { 6, 5, 24, 8, 2, 2, 1, 0, 3 },
        { 3, 4, 16, 16, 5, 1, 1, 4, 2 },
        { 41, 23, 16, 8, 3, 1, 1, 1, 2 },
        { 17, 15, 64, 32, 3, 1, 1, 1, 2 },
    };

    [Theory]
    [MemberData(nameof(Convolutions))]
    public void TheyHaveTheReferencesGradients(int height, int width, int channels, int outputs, int kernel, int stride, int dilation, int padding, int images)
    {
        GraphBuilder builder = new("one");
        Conv2d convolution = new(outputs, kernel)
        {
            Stride = stride,
            Dilation = dilation,
            Padding = padding < 0 ? Padding.Same : Padding.Symmetric(padding),
            HasBias = true,
        };
        builder.Output("y", builder.Add("conv", convolution, builder.Input("image", height, width, channels)));
        Network network = TestNetworks.WithTestWeights(builder.Build());
        foreach (int threads in (int[])[1, 2])
        {
            TrainingOptions options = new() { Batch = images, Threads = threads, InputGradient = true };
            using TrainingPlan plan = TrainingPlan.Compile(network, options);
            Assert.IsType<WindowConvolutionTraining>(plan.Steps[0].Kernel);
            AssertEqualsReference(network, options, images, 1e-5);
        }

        AssertEqualsReference(network, new TrainingOptions { Batch = images, InputGradient = true, Trainable = name => name == "conv.bias" }, images, 1e-5);
        AssertEqualsReference(network, new TrainingOptions { Batch = images, Trainable = name => name == "conv.weight" }, images, 1e-5);
    }
}
