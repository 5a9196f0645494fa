using Graft.Activations;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Networks;

/// <summary>Shapes, parameters and counts of every layer, and the sentences of their refusals.</summary>
public class LayerTests
{
    [Fact]
    public void Convolution()
    {
        Conv2d conv = new(24, 3) { Stride = 2, Padding = Padding.Symmetric(1), HasBias = true, Groups = 2 };
        Shape input = [5, 9, 8, 6];
        Assert.Equal([5, 5, 4, 24], conv.OutputShape([input]));
        Assert.Equal(5 * 5 * 4 * 24 * 3 * 9, conv.MultiplyAdds([input]));
        Assert.Equal(["weight", "bias"], conv.Parameters([input]).Select(p => p.Name));
        Assert.Equal([24, 3, 3, 3], conv.Parameters([input])[0].Shape);
        Assert.Equal([24], conv.Parameters([input])[1].Shape);
        Assert.Equal("conv 3x3 /2 groups 2", conv.Label);
        Assert.Equal([1, 3, 4, 2], new Conv2d(2, 3) { Dilation = 3 }.OutputShape([[1, 9, 10, 1]]));
        Assert.Equal(MathF.Sqrt(2f / (9 * 12)), conv.Parameters([input])[0].Initial.NormalDeviation);
        Assert.Equal([7, 1, 5, 5], Conv2d.Depthwise(7, 5).Parameters([[1, 8, 8, 7]])[0].Shape);
    }

    [Fact]
    public void Dense()
    {
        Dense dense = new(10);
        Assert.Equal([3, 10], dense.OutputShape([[3, 20]]));
        Assert.Equal(600, dense.MultiplyAdds([[3, 20]]));
        Assert.Equal([10, 20], dense.Parameters([[3, 20]])[0].Shape);
        Assert.Equal([10], dense.Parameters([[3, 20]])[1].Shape);
        Assert.Equal(["weight"], new Dense(10) { HasBias = false }.Parameters([[3, 20]]).Select(p => p.Name));
        AssertRefusal(dense, [[1, 2, 2, 20]], "A dense layer takes [batch, features], not [1, 2, 2, 20]. Put a global average pooling before it.");
    }

    [Fact]
    public void BatchNormWithRunningStatistics()
    {
        BatchNorm norm = new();
        Assert.Equal([2, 3, 3, 8], norm.OutputShape([[2, 3, 3, 8]]));
        Assert.Equal(["weight", "bias", "running_mean", "running_var"], norm.Parameters([[2, 3, 3, 8]]).Select(p => p.Name));
        Assert.Equal([false, false, true, true], norm.Parameters([[2, 3, 3, 8]]).Select(p => p.IsBuffer));
        Assert.All(norm.Parameters([[2, 3, 3, 8]]), p => Assert.Equal([8], p.Shape));
        Assert.Equal([1, 0, 0, 1], norm.Parameters([[2, 3, 3, 8]]).Select(p => p.Initial.Constant));
        Assert.Equal(0, norm.MultiplyAdds([[2, 3, 3, 8]]));
    }

    [Fact]
    public void Pooling()
    {
        Pool2d pool = new(PoolFunction.Max, 3) { Stride = 2, Padding = Padding.Symmetric(1) };
        Assert.Equal([1, 56, 56, 64], pool.OutputShape([[1, 112, 112, 64]]));
        Assert.Equal("max pool 3x3 /2", pool.Label);
        Assert.Equal("average pool 2x2", new Pool2d(PoolFunction.Average, 2).Label);
        AssertRefusal(new Pool2d(PoolFunction.Average, 3) { Padding = Padding.Symmetric(2) }, [[1, 9, 9, 1]], "Pooling takes a padding of at most half its window of 3, not 2.");
        Assert.Equal([4, 7], new GlobalAveragePool().OutputShape([[4, 5, 6, 7]]));
        AssertRefusal(new GlobalAveragePool(), [[4, 7]], "A global average pool takes [batch, height, width, channels], not [4, 7].");
    }

    [Fact]
    public void LayersThatKeepOrSetTheSize()
    {
        Assert.Equal([2, 3, 4, 5], new Activation(ActivationFunction.Silu).OutputShape([[2, 3, 4, 5]]));
        Assert.Equal("relu6", new Activation(ActivationFunction.Relu6).Label);
        Assert.Equal([2, 9], new Softmax().OutputShape([[2, 9]]));
        Assert.Equal([2, 9], new Dropout(0.2f).OutputShape([[2, 9]]));
        Assert.Equal([2, 7, 8, 5], new Resize(7, 8, ResizeMode.Bilinear).OutputShape([[2, 3, 4, 5]]));
        Assert.Equal([2, 3, 4, 5], new Add().OutputShape([[2, 3, 4, 5], [2, 3, 4, 5]]));
        AssertRefusal(new Add(), [[2, 3, 4, 5], [2, 3, 4, 6]], "An addition takes two values of one shape, not [2, 3, 4, 5] and [2, 3, 4, 6].");
    }

    [Fact]
    public void RefusalsOfAConvolution()
    {
        AssertRefusal(new Conv2d(4, 3), [[1, 20]], "A conv 3x3 takes [batch, height, width, channels], not [1, 20].");
        AssertRefusal(new Conv2d(4, 3) { Groups = 3 }, [[1, 9, 9, 6]], "Convolution groups must divide the input and output channels: 3 groups, 6 inputs, 4 outputs.");
        AssertRefusal(new Conv2d(4, 3) { Dilation = 2 }, [[1, 4, 9, 6]], "A window of 5x5 does not fit an image of 4x9 with padding 0. Use a higher resolution.");
    }

    [Fact]
    public void AttributesAreChecked()
    {
        static void AssertMessage(Action action, string message) =>
            Assert.StartsWith(message, Assert.Throws<ArgumentOutOfRangeException>(action).Message, StringComparison.Ordinal);

        AssertMessage(() => _ = new Conv2d(0, 3), "OutChannels must be positive, not 0.");
        AssertMessage(() => _ = new Conv2d(1, -1), "KernelSize must be positive, not -1.");
        AssertMessage(() => _ = new Conv2d(1, 1) { Stride = 0 }, "Stride must be positive, not 0.");
        AssertMessage(() => _ = new Conv2d(1, 1) { Dilation = 0 }, "Dilation must be positive, not 0.");
        AssertMessage(() => _ = new Conv2d(1, 1) { Groups = 0 }, "Groups must be positive, not 0.");
        AssertMessage(() => _ = new Dense(0), "Outputs must be positive, not 0.");
        AssertMessage(() => _ = new Resize(3, 0, ResizeMode.Nearest), "Width must be positive, not 0.");
        AssertMessage(() => _ = new Resize(3, 3, ResizeMode.Nearest) { Scale = (1, 0) }, "Scale must be positive and finite, not 0.");
        AssertMessage(() => _ = new Dropout(1), "Rate must be in [0, 1), not 1.");
        AssertMessage(() => _ = new BatchNorm { Epsilon = 0 }, "Epsilon must be positive and finite, not 0.");
        AssertMessage(() => _ = new BatchNorm { Momentum = float.NaN }, "Momentum must be in [0, 1), not NaN.");
    }

    private static void AssertRefusal(Operation operation, Shape[] inputs, string message) =>
        Assert.Equal(message, Assert.Throws<NetworkException>(() => operation.OutputShape(inputs)).Message);
}
