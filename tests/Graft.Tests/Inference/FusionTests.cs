using Graft.Activations;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Plans;
using Graft.Tensors;

namespace Graft.Tests.Inference;

/// <summary>Which steps a graph becomes.</summary>
public class FusionTests
{
    [Fact]
    public void MobileNetV2BecomesOneStepABlock()
    {
        string[] steps = Steps(MobileNetV2.Trunk().WithHead(1000), "logits");
        Assert.Equal(20, steps.Length);
        Assert.All(steps[..17], step => Assert.StartsWith("InvertedResidualStep ", step));
        Assert.Equal("InvertedResidualStep blocks.0.0.bn2", steps[0]);
        Assert.Equal("InvertedResidualStep blocks.1.1.add", steps[2]);
        Assert.Equal(["ConvolutionStep bn2.act", "OperationStep global_pool", "DenseStep classifier"], steps[17..]);
    }

    [Fact]
    public void MobileNetV1BecomesOneStepABlock()
    {
        string[] steps = Steps(MobileNetV1.Trunk().WithHead(1000), "logits");
        Assert.Equal(15, steps.Length);
        Assert.All(steps[..13], step => Assert.StartsWith("InvertedResidualStep ", step));
    }

    [Fact]
    public void NodesThatNoOutputNeedsAreLeftOut()
    {
        string[] steps = Steps(MobileNetV2.Trunk().WithHead(1000), "stride4");
        Assert.Equal(["InvertedResidualStep blocks.0.0.bn2", "InvertedResidualStep blocks.1.0.bn3", "InvertedResidualStep blocks.1.1.add"], steps);
    }

    [Fact]
    public void AnOutputInsideAChainCutsIt()
    {
        GraphBuilder b = new("tap");
        string x = b.Input("x", 8, 8, 4);
        string wide = b.Add("wide", new Conv2d(8, 1), x);
        string deep = b.Add("deep", Conv2d.Depthwise(8, 3) with { Padding = Padding.Same }, wide);
        b.Output("inside", wide);
        b.Output("y", b.Add("thin", new Conv2d(4, 1), deep));
        Assert.Equal(["ConvolutionStep wide", "InvertedResidualStep thin"], Steps(b.Build(), "inside", "y"));
        Assert.Equal(["InvertedResidualStep thin"], Steps(b.Build(), "y"));
    }

    [Fact]
    public void TheLayerThatIsComputedLastTakesTheAddition()
    {
        GraphBuilder b = new("sum");
        string x = b.Input("x", 8, 8, 4);
        string left = b.Add("left", new Conv2d(4, 3) { Padding = Padding.Same }, x), right = b.Add("right", new Conv2d(4, 1), x);
        string norm = b.Add("norm", new BatchNorm(), right);
        b.Output("y", b.Add("relu", new Activation(ActivationFunction.Relu), b.Add("sum", new Add(), norm, left)));
        Assert.Equal(["ConvolutionStep left", "ConvolutionStep relu"], Steps(b.Build(), "y"));
    }

    [Fact]
    public void AValueAddedToItselfStaysAValue()
    {
        GraphBuilder b = new("double");
        string conv = b.Add("conv", new Conv2d(4, 1), b.Input("x", 8, 8, 4));
        b.Output("y", b.Add("sum", new Add(), conv, conv));
        Assert.Equal(["ConvolutionStep conv", "OperationStep sum"], Steps(b.Build(), "y"));
    }

    [Fact]
    public void BuffersThatLiveAtTheSameTimeDoNotOverlap()
    {
        Random random = new(1);
        for (int round = 0; round < 200; round++)
        {
            ArenaLayout.Buffer[] buffers = [.. Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(10)).Select(first => new ArenaLayout.Buffer(random.Next(1, 100), first, first + random.Next(4)))];
            (System.Collections.Immutable.ImmutableArray<long> offsets, long bytes) = ArenaLayout.Place(buffers);
            for (int i = 0; i < buffers.Length; i++)
            {
                Assert.Equal(0, offsets[i] % 64);
                Assert.True(offsets[i] + buffers[i].Bytes <= bytes);
                for (int j = 0; j < i; j++)
                {
                    bool together = buffers[i].First <= buffers[j].Last && buffers[j].First <= buffers[i].Last;
                    bool overlap = offsets[i] < offsets[j] + buffers[j].Bytes && offsets[j] < offsets[i] + buffers[i].Bytes;
                    Assert.False(together && overlap, $"{buffers[i]} at {offsets[i]} and {buffers[j]} at {offsets[j]}");
                }
            }
        }

        // One after the other, they share their place.
        Assert.Equal(128, ArenaLayout.Place([new(64, 0, 0), new(64, 1, 1)]).Bytes);
    }

    private static string[] Steps(Graph graph, params string[] outputs) =>
        [.. Fusion.Run(graph, [.. outputs]).Steps.Select(step => $"{Kind(step)} {step.Output}")];

    private static string Kind(InferenceStep step) => step.Nodes.Length > 1 ? "InvertedResidualStep" : step.Nodes[0].Node.Operation switch
    {
        Conv2d { Groups: 1 } => "ConvolutionStep",
        Conv2d => "InvertedResidualStep",
        Dense => "DenseStep",
        _ => "OperationStep",
    };
}
