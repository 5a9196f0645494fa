using Graft.Activations;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Tensors;
using static Graft.Onnx.Tests.OnnxGraph;

namespace Graft.Onnx.Tests.Reading;

/// <summary>What TensorFlow's, Keras' and PyTorch's exporters write in several ways: ONNX Runtime and the imported network compute the same.</summary>
public class WiderFilesTests
{
    private static readonly float[] Numbers = [.. TestNumbers.UniformTensor([256], 3, 1).Span];

    private static float[] Some(int count) => [.. Numbers.Take(count)];

    private static readonly Dictionary<string, OnnxGraph> Files = new()
    {
        ["a flattened image and a dense layer"] = Of(-1, 2, 3, 3).Floats("w", [4, 18], Some(72)).Floats("b", [4], Some(4)).Node("Relu", "x", "r").Node("Flatten", "r", "f").Node("Dropout", "f", "d").Node("Gemm", "d w b", "y", Int("transB", 1)).Result(),
        ["a flattened image with the channels last"] = Of(-1, 2, 3, 3).Floats("w", [18, 4], Some(72)).Floats("b", [4], Some(4)).Integers("s", -1, 18)
            .Node("Transpose", "x", "t", Ints("perm", 0, 2, 3, 1)).Node("Reshape", "t s", "f").Node("Relu", "f", "r").Node("MatMul", "r w", "m").Node("Add", "m b", "y").Result(),
        ["two dense layers behind a flattened image"] = Of(-1, 2, 3, 3).Floats("w", [18, 4], Some(72)).Floats("v", [4, 3], Some(12)).Node("Flatten", "x", "f").Node("Gemm", "f w", "g").Node("Relu", "g", "r").Node("Gemm", "r v", "y").Result(),
        ["clip from -1 to 1"] = Of(-1, 2, 3, 4).Floats("a", [], -1).Floats("b", [], 1).Node("Clip", "x a b", "y").Result(),
        ["clip from below"] = Of(-1, 2, 3, 4).Floats("a", [], -0.5f).Node("Clip", "x a", "y").Result(),
        ["clip from above"] = Of(-1, 2, 3, 4).Floats("b", [], 0.5f).Node("Clip", "x - b", "y").Result(),
        ["clip at nothing"] = Of(-1, 2, 3, 4).Node("Clip", "x", "c").Node("Relu", "c", "y").Result(),
        ["clip by attributes"] = Of(-1, 2, 3, 4).OperatorSet(8).Node("Clip", "x", "y", Float("min", 0), Float("max", 3)).Result(),
        ["Keras' old hard sigmoid"] = Of(-1, 2, 3, 4).Node("HardSigmoid", "x", "y").Result(),
        ["hard swish, divided last"] = Of(-1, 2, 3, 4).Floats("three", [], 3).Floats("zero", [], 0).Floats("six", [], 6).Node("Add", "x three", "a").Node("Clip", "a zero six", "c").Node("Mul", "x c", "m").Node("Div", "m six", "y").Result(),
        ["hard swish, multiplied by a sixth first"] = Of(-1, 2, 3, 4).Floats("three", [1], 3).Floats("zero", [], 0).Floats("six", [], 6).Floats("sixth", [1], 1f / 6)
            .Node("Add", "three x", "a").Node("Clip", "a zero six", "c").Node("Mul", "c sixth", "s").Node("Mul", "s x", "y").Result(),
        ["hard sigmoid of parts"] = Of(-1, 2, 3, 4).Floats("three", [], 3).Floats("zero", [], 0).Floats("six", [], 6).Node("Add", "x three", "a").Node("Clip", "a zero six", "c").Node("Div", "c six", "y").Result(),
        ["zeros before the largest of positive numbers"] = Of(-1, 2, 8, 8).Integers("p", 0, 0, 1, 1, 0, 0, 1, 1).Node("Relu", "x", "r").Node("Pad", "r p", "a").Node("MaxPool", "a", "y", Ints("kernel_shape", 3, 3), Ints("strides", 2, 2)).Result(),
        ["zeros on two axes before a convolution"] = Of(-1, 2, 5, 5).OperatorSet(18).Integers("p", 1, 0, 2, 1).Integers("axes", 2, -1).Floats("w", [1, 2, 3, 3], Some(18)).Node("Pad", "x p - axes", "a").Node("Conv", "a w", "y").Result(),
        ["a window that hangs over the border"] = Of(-1, 2, 8, 10).Node("MaxPool", "x", "y", Ints("kernel_shape", 3, 3), Ints("strides", 2, 2), Int("ceil_mode", 1)).Result(),
        ["a mean that hangs over the border"] = Of(-1, 2, 7, 9).Node("AveragePool", "x", "y", Ints("kernel_shape", 2, 2), Ints("strides", 2, 2), Int("ceil_mode", 1)).Result(),
        ["the mean of columns, then of rows"] = Of(-1, 2, 3, 4).Node("ReduceMean", "x", "a", Ints("axes", 3), Int("keepdims", 0)).Node("ReduceMean", "a", "y", Ints("axes", 2), Int("keepdims", 0)).Result(),
        ["axes left out one after the other"] = Of(-1, 2, 3, 4).Integers("last", 3).Integers("third", 2).Node("GlobalAveragePool", "x", "a").Node("Squeeze", "a last", "b").Node("Squeeze", "b third", "y").Result(),
        ["axes added one after the other, channels last"] = Of(-1, 2, 3, 4).Integers("second", 1).Node("GlobalAveragePool", "x", "a").Node("Flatten", "a", "f").Node("Unsqueeze", "f second", "g").Node("Unsqueeze", "g second", "h")
            .Node("Transpose", "x", "t", Ints("perm", 0, 2, 3, 1)).Node("Mul", "t h", "m").Node("Transpose", "m", "y", Ints("perm", 0, 3, 1, 2)).Result(),
        ["weights that are turned"] = Of(-1, 2, 3, 4).Floats("w", [3, 2], Some(6)).Floats("k", [1, 1, 2, 5], Some(10)).Node("Transpose", "k", "c", Ints("perm", 3, 2, 0, 1)).Node("Conv", "x c", "z").Node("Transpose", "w", "v")
            .Floats("u", [5, 2], Some(10)).Node("GlobalAveragePool", "z", "p").Node("Flatten", "p", "f").Node("MatMul", "f u", "g").Node("MatMul", "g v", "y").Result(),
        ["weights of another shape"] = Of(-1, 2, 5, 4).Floats("w", [3, 3, 2, 1], Some(18)).Integers("s", 2, 1, 3, 3).Node("Reshape", "w s", "v").Node("Conv", "x v", "y", Int("group", 2)).Result(),
        ["three values in a sum"] = Of(-1, 2, 3, 4).Node("Relu", "x", "r").Node("Sigmoid", "x", "s").Node("Sum", "x r s", "y").Result(),
        ["the largest of an image"] = Of(-1, 2, 4, 4).Node("GlobalMaxPool", "x", "a").Node("Flatten", "a", "y").Result(),
        ["a factor on two axes"] = Of(-1, 2, 3, 4).OperatorSet(18).Floats("s", [2], 2, 2).Node("Resize", "x - s", "y", Ints("axes", 2, 3), Text("mode", "linear")).Result(),
    };

    internal static IEnumerable<OnnxGraph> All => Files.Values;

    public static TheoryData<string> Names => [.. Files.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void OnnxRuntimeComputesTheSame(string name)
    {
        OnnxGraph graph = Files[name];
        Model model = graph.Import().Model;
        Tensor image = OnnxFile.Image(model.Network.Graph.Inputs[0], 2, 4);
        TestNumbers.AssertClose(OnnxFile.Run(graph.Bytes, image)["y"].Values, OnnxFile.Reference(model, image)[model.Network.Graph.Outputs[^1].Name].Span, 1e-5);
    }

    [Theory]
    [InlineData("hard swish, divided last")]
    [InlineData("hard swish, multiplied by a sixth first")]
    public void HardSwishIsFound(string name) => Assert.Equal(new Activation(ActivationFunction.HardSwish), Assert.Single(Imported(name).Graph.Nodes).Operation);

    [Fact]
    public void HardSigmoidIsFound() => Assert.Equal(new Activation(ActivationFunction.HardSigmoid), Assert.Single(Imported("hard sigmoid of parts").Graph.Nodes).Operation);

    [Fact]
    public void ZerosAreThePoolingsOwn()
    {
        Network network = Imported("zeros before the largest of positive numbers");
        Assert.Equal([new Activation(ActivationFunction.Relu), new Pool2d(PoolFunction.Max, 3) { Stride = 2, Padding = Padding.Symmetric(1) }], network.Graph.Nodes.Select(node => node.Operation));
    }

    /// <summary>Its numbers are logits, too: what is left out changes no probability.</summary>
    [Fact]
    public void ALogSoftmaxAtTheEndIsLeftOut()
    {
        OnnxGraph graph = Of(-1, 2, 3, 4).Floats("w", [2, 3], Some(6)).Node("GlobalAveragePool", "x", "a").Node("Flatten", "a", "f").Node("Gemm", "f w", "g").Node("LogSoftmax", "g", "y").Output("y");
        OnnxImport import = graph.Import();
        Assert.Equal("The log softmax before output 'y' was left out: Graft computes probabilities from the logits.", import.Report.Notes[0]);
        Assert.Equal(["features", "logits"], import.Model.Network.Graph.Outputs.Select(output => output.Name));
        Assert.IsType<Dense>(import.Model.Network.Graph.Nodes[^1].Operation);
    }

    private static Network Imported(string name) => Files[name].Import().Model.Network;
}
