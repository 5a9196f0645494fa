using Graft.Kernels.Elementwise;
using Graft.Networks;
using Graft.Operations;
using Graft.Plans;
using Graft.Tensors;
using Graft.Training;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Plans;

/// <summary>The division of a batch and the order in which its parts are added.</summary>
public unsafe class DivisionTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(3, 2)]
    [InlineData(8, 8)]
    [InlineData(31, 16)]
    [InlineData(1000, 16)]
    public void PartsAreAPowerOfTwo(int images, int parts) => Assert.Equal(parts, Division.Parts(images));

    [Fact]
    public void SharesCoverARangeOnce()
    {
        foreach ((int count, int parts, int unit) in new[] { (0, 4, 1), (5, 2, 1), (16, 16, 1), (100, 7, 42), (3, 8, 1) })
        {
            int next = 0;
            for (int part = 0; part < parts; part++)
            {
                (int first, int end) = Division.Share(count, part, parts, unit);
                Assert.Equal(next, first);
                Assert.True(end >= first && (first % unit == 0 || first == end));
                next = end;
            }

            Assert.Equal(count, next);
        }
    }

    [Fact]
    public void HalvesOfThePartsAreHalvesOfTheImages()
    {
        for (int count = 2; count < 70; count += 2) Assert.Equal(count / 2, Division.Share(count, Division.Parts(count) / 2, Division.Parts(count)).First);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(16)]
    public void PartsAreAddedAsABinaryTree(int parts)
    {
        // Magnitudes so far apart that the order decides.
        const int Depth = 19, Count = 11, Row = 16, Part = Depth * Row;
        float[] partials = [.. Uniform(parts * Part, 1).Select((value, i) => value * MathF.Pow(10, i * 7 % 9))], gradient = new float[Count * Depth];
        fixed (float* p = partials, target = gradient)
        {
            PartialSumKernel.Run(Depth, Count, parts, p, Part, Row, target, Depth);
            for (int n = 0; n < Count; n++)
            {
                for (int k = 0; k < Depth; k++)
                {
                    float expected = Tree((k * Row) + n, 0, parts);
                    Assert.Equal(expected, gradient[(n * Depth) + k]);
                    Assert.Equal(expected, PartialSumKernel.Sum(p + (k * Row) + n, Part, parts));
                }
            }
        }

        float Tree(int at, int first, int count) => count == 1 ? partials[(first * Part) + at] : Tree(at, first, count / 2) + Tree(at, first + (count / 2), count / 2);
    }

    // Of layers whose parts are single images here.
    [Fact]
    public void TwoHalvesOfABatchGiveTheBitsOfTheWhole()
    {
        GraphBuilder builder = new("halves");
        string x = builder.Add("first", new Conv2d(5, 3) { HasBias = true }, builder.Input("image", 16, 15, 3));
        x = builder.Add("depthwise", Conv2d.Depthwise(5, 3) with { HasBias = true }, x);
        x = builder.Add("pooled", new GlobalAveragePool(), builder.Add("pointwise", new Conv2d(17, 1) { HasBias = true }, x));
        builder.Output("y", x);
        Network network = TestNetworks.WithTestWeights(builder.Build());
        Tensor images = UniformTensor([8, 16, 15, 3], 7), dy = UniformTensor([8, 17], 9);
        float[][] whole = Gradients(0, 8), first = Gradients(0, 4), second = Gradients(4, 4);
        for (int w = 0; w < whole.Length; w++)
            for (int i = 0; i < whole[w].Length; i++) Assert.Equal(first[w][i] + second[w][i], whole[w][i]);

        float[][] Gradients(int start, int count)
        {
            using TrainingPlan plan = TrainingPlan.Compile(network, new TrainingOptions { Batch = count });
            images.Span.Slice(start * 16 * 15 * 3, count * 16 * 15 * 3).CopyTo(plan.Input().Span);
            plan.Forward(count);
            dy.Span.Slice(start * 17, count * 17).CopyTo(plan.OutputGradient().Span);
            plan.Backward();

            // Biases are added up in float64 and rounded once.
            return [.. plan.Weights.Where(weight => weight.Name.EndsWith(".weight", StringComparison.Ordinal)).Select(weight => weight.Gradient.Span.ToArray())];
        }
    }
}
