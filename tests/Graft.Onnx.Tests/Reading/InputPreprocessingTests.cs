using Graft.Networks;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Onnx.Protos.TensorProto.Types;
using static Graft.Onnx.Tests.OnnxGraph;

namespace Graft.Onnx.Tests.Reading;

/// <summary>What a graph does to an image before its first layer becomes the model's preprocessing, and what another file does to it.</summary>
public class InputPreprocessingTests
{
    private static readonly float[] Kernel = [0.5f, -1, 2];

    // Keras' usual: bytes with the channels last, divided by 127.5, less 1, then turned.
    private static OnnxGraph Keras(DataType type)
    {
        OnnxGraph graph = Of(-1, 4, 5, 3).Floats("h", [], 127.5f).Floats("one", [1], 1).Floats("w", [1, 3, 1, 1], Kernel)
            .Node("Cast", "x", "c", Int("to", 1)).Node("Div", "c h", "d").Node("Sub", "d one", "s").Node("Transpose", "s", "t", Ints("perm", 0, 3, 1, 2)).Node("Conv", "t w", "y").Result();
        graph.Proto.Graph.Input[0].Type.TensorType.ElemType = (int)type;
        return graph;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatAGraphDoesFirstIsThePreprocessing(bool isBytes)
    {
        OnnxImport import = Keras(isBytes ? DataType.Uint8 : DataType.Float).Import();
        NetworkInput input = import.Model.Network.Graph.Inputs[0];
        Assert.Equal((4, 5, 3), (input.Height, input.Width, input.Channels));
        Assert.False(import.Report.AssumesPreprocessing);
        TestNumbers.AssertClose([0.5f, 0.5f, 0.5f], [.. import.Model.Preprocessing.Mean], 1e-6);
        TestNumbers.AssertClose([0.5f, 0.5f, 0.5f], [.. import.Model.Preprocessing.StandardDeviation], 1e-6);
        Assert.IsType<Conv2d>(Assert.Single(import.Model.Network.Graph.Nodes).Operation);
        Assert.Equal("The file prepares images itself, mean 0.5, 0.5, 0.5 and deviation 0.5, 0.5, 0.5 of values from 0 to 1: that is the model's preprocessing here. How images are resized and cut no file of this kind says.", import.Report.Notes[^1]);
    }

    [Theory]
    [InlineData(1, -120, 120 / 255f, 1 / 255f)]
    [InlineData(0.017f, -2, 2 / (0.017f * 255), 1 / (0.017f * 255))]
    [InlineData(2, -1, 0.5f, 0.5f)]
    [InlineData(1, -0.5f, 0.5f, 1)]
    public void TheRangeShowsInTheNumbers(float factor, float offset, float mean, float deviation)
    {
        OnnxImport import = Scaled(factor, offset).Import();
        Assert.False(import.Report.AssumesPreprocessing);
        TestNumbers.AssertClose([mean, mean, mean], [.. import.Model.Preprocessing.Mean], 1e-5);
        TestNumbers.AssertClose([deviation, deviation, deviation], [.. import.Model.Preprocessing.StandardDeviation], 1e-5);
    }

    /// <summary>Where it does not show, it is asked for, and the network keeps its first steps.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 0.5f)]
    [InlineData(-1, 1)]
    public void WhatIsOpenIsNotGuessed(float factor, float offset)
    {
        OnnxImport import = Scaled(factor, offset).Import();
        Assert.True(import.Report.AssumesPreprocessing);
        Assert.Equal(Preprocessing.ImageNet.Mean, import.Model.Preprocessing.Mean);
        Assert.Equal(3, import.Model.Network.Graph.Nodes.Length);
    }

    private static OnnxGraph Scaled(float factor, float offset) => Of(-1, 3, 4, 5).Floats("f", [1, 3, 1, 1], factor, factor, factor).Floats("o", [], offset).Floats("w", [1, 3, 1, 1], Kernel)
        .Node("Mul", "x f", "m").Node("Add", "m o", "a").Node("Conv", "a w", "y").Result();

    /// <summary>ML.NET's featurizer of CNTK's ResNets: blue first, an image of means.</summary>
    internal static byte[] Preparing(float[] means, params int[] shape) => Of(1, 3, 2, 2).OperatorSet(8).Floats("mean", shape, means)
        .Node("Split", "x", "r", Int("axis", 1), Ints("split", 1, 1, 1)).Also("g", "b").Node("Concat", "b g r", "c", Int("axis", 1)).Node("Sub", "c mean", "y").Result().Bytes;

    [Fact]
    public void AnotherFileMayPrepareImages()
    {
        using TemporaryFolder folder = new();
        float[] means = [.. new float[] { 100, 110, 120 }.SelectMany(mean => new[] { mean - 2, mean + 1, mean, mean + 1 })];
        string prepares = folder.Write("prepares.onnx", Preparing(means, 1, 3, 2, 2));
        OnnxImport import = Of(-1, 3, 2, 2).Floats("w", [1, 3, 1, 1], Kernel).Node("Conv", "x w", "y").Result().Import(new OnnxImportOptions { PreprocessingFile = prepares });
        Assert.False(import.Report.AssumesPreprocessing);
        TestNumbers.AssertClose([120 / 255f, 110 / 255f, 100 / 255f], [.. import.Model.Preprocessing.Mean], 1e-6);
        TestNumbers.AssertClose([1 / 255f, 1 / 255f, 1 / 255f], [.. import.Model.Preprocessing.StandardDeviation], 1e-6);
        Assert.Equal([2, -1, 0.5f], import.Model.Network.Weights.Values.Single().Span.ToArray());
        Assert.Equal("It subtracts an image of means, and Graft the mean of each channel: a pixel differs by at most 2.0 of 255.", import.Report.Notes[^1]);
    }

    [Fact]
    public void AFileThatDoesMoreIsRefused()
    {
        using TemporaryFolder folder = new();
        string prepares = folder.Write("prepares.onnx", Of(1, 3, 2, 2).Node("Relu", "x", "y").Result().Bytes);
        OnnxGraph graph = Of(-1, 3, 2, 2).Floats("w", [1, 3, 1, 1], Kernel).Node("Conv", "x w", "y").Result();
        string message = graph.Error(new OnnxImportOptions { PreprocessingFile = prepares });
        Assert.Equal($"hand.onnx: {prepares}: ONNX node 'node_y' of type 'Relu' cannot be imported: it is no part of what Graft reads of a preprocessing. As a file that prepares images it may reorder the colours, subtract and multiply. Say the same with --mean, --std, --scale and --channels (Model.Preprocessing).", message);
    }
}
