using Graft.Activations;
using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using static Graft.Onnx.Tests.OnnxGraph;

namespace Graft.Onnx.Tests.Reading;

public class OnnxImporterTests
{
    private static readonly float[] Kernel = TestNumbers.Uniform(4 * 2 * 3 * 3, 3);
    private static readonly float[] Matrix = TestNumbers.Uniform(2 * 3, 4);

    /// <summary>Graphs in forms that Graft's exporter does not write.</summary>
    public static TheoryData<string> Forms => [.. Graphs.Keys];

    private static readonly Dictionary<string, Func<OnnxGraph>> Graphs = new()
    {
        ["matmul and add"] = () => Pooled().Floats("w", [2, 3], Matrix).Floats("b", [3], 1, 2, 3).Node("MatMul", "p w", "m").Node("Add", "b m", "y").Output("y"),
        ["matmul alone"] = () => Pooled().Floats("w", [2, 3], Matrix).Node("MatMul", "p w", "y").Output("y"),
        ["gemm with scales"] = () => Pooled().Floats("w", [2, 3], Matrix).Floats("b", [1], 2)
            .Node("Gemm", "p w b", "y", Float("alpha", 0.5f), Float("beta", 3)).Output("y"),
        ["bias after a convolution"] = () => Of(-1, 2, 7, 6).Floats("w", [4, 2, 3, 3], Kernel).Floats("b", [1, 4, 1, 1], 1, 2, 3, 4)
            .Node("Conv", "x w", "c").Node("Add", "c b", "y").Output("y"),
        ["output between a convolution and its bias"] = () => Of(-1, 2, 7, 6).Floats("w", [4, 2, 3, 3], Kernel).Floats("b", [1, 4, 1, 1], 1, 2, 3, 4)
            .Node("Conv", "x w", "c").Node("Add", "c b", "y").Output("y", "c"),
        ["same lower"] = () => Of(-1, 2, 7, 6).Floats("w", [4, 2, 3, 3], Kernel).Node("Conv", "x w", "y", Text("auto_pad", "SAME_LOWER"), Ints("strides", 2, 2)).Output("y"),
        ["same upper"] = () => Of(-1, 2, 7, 6).Floats("w", [4, 2, 3, 3], Kernel).Node("Conv", "x w", "y", Text("auto_pad", "SAME_UPPER"), Ints("strides", 2, 2)).Output("y"),
        ["pad before a convolution"] = () => Of(-1, 2, 7, 6).Floats("w", [4, 2, 3, 3], Kernel).Integers("pads", 0, 0, 0, 1, 0, 0, 2, 1)
            .Node("Pad", "x pads", "p").Node("Conv", "p w", "y", Ints("pads", 1, 0, 0, 0)).Output("y"),
        ["factors and offsets"] = () => Of(-1, 2, 4, 4).Floats("a", [2, 1, 1], 2, -3).Floats("b", [], 0.5f).Floats("c", [1, 2, 1, 1], 4, 5)
            .Node("Mul", "a x", "m").Node("Sub", "b m", "s").Node("Div", "s c", "d").Node("Sub", "d a", "y").Output("y"),
        ["mean with axes as input"] = () => Of(-1, 2, 7, 6).OperatorSet(18).Integers("axes", -1, 2).Node("ReduceMean", "x axes", "y", Int("keepdims", 0)).Output("y"),
        ["mean, channels last"] = () => Of(-1, 2, 7, 6).Node("Transpose", "x", "t", Ints("perm", 0, 2, 3, 1)).Node("ReduceMean", "t", "y", Ints("axes", 1, 2), Int("keepdims", 0)).Output("y"),
        ["squeezed"] = () => Of(-1, 2, 7, 6).Integers("axes", 2, 3).Node("GlobalAveragePool", "x", "g").Node("Squeeze", "g axes", "y").Output("y"),
        ["reshaped by a fixed batch"] = () => Of(2, 2, 7, 6).Integers("shape", 2, -1).Node("GlobalAveragePool", "x", "g").Node("Reshape", "g shape", "y").Output("y"),
        ["whole average"] = () => Of(-1, 2, 7, 6).Node("AveragePool", "x", "g", Ints("kernel_shape", 7, 6)).Node("Flatten", "g", "y").Output("y"),
        ["flattened image of one pixel"] = () => Of(-1, 2, 3, 3).Floats("w", [4, 2, 3, 3], Kernel).Node("Conv", "x w", "c").Node("Flatten", "c", "y").Output("y"),
        ["dense layer as a convolution"] = () => Of(-1, 2, 7, 6).Floats("w", [3, 2, 1, 1], Matrix).Floats("b", [3], 1, 2, 3)
            .Node("GlobalAveragePool", "x", "g").Node("Conv", "g w b", "c").Node("Relu", "c", "r").Node("Flatten", "r", "y").Output("y"),
        ["clip by attributes"] = () => Of(-1, 2, 4, 4).OperatorSet(10).Node("Clip", "x", "y", Float("min", 0), Float("max", 6)).Output("y"),
        ["clip with no upper bound"] = () => Of(-1, 2, 4, 4).Floats("low", [], 0).Node("Clip", "x low", "y").Output("y"),
        ["silu"] = () => Of(-1, 2, 4, 4).Node("Sigmoid", "x", "s").Node("Mul", "s x", "y").Output("y"),
        ["resize by 1.5 of an odd side"] = () => Resized(75, 75, 1.5f, 1.5f, "linear", "half_pixel"),
        ["resize by 1.5, as PyTorch writes it"] = () => Resized(75, 33, 1.5f, 1.5f, "linear", "pytorch_half_pixel"),
        ["resize by factors that are not whole"] = () => Resized(7, 6, 2.3f, 1.3f, "linear", "half_pixel"),
        ["shrink by factors"] = () => Resized(9, 11, 0.6f, 0.35f, "linear", "half_pixel"),
        ["a factor whose product rounds"] = () => Resized(10, 10, 1.3f, 1.1f, "linear", "half_pixel"),
        ["a factor that is the quotient"] = () => Resized(8, 6, 1.5f, 0.5f, "linear", "half_pixel"),
        ["nearest by factors"] = () => Resized(9, 11, 2.6f, 0.7f, "nearest", "asymmetric", "floor"),
        ["nearest by thirds"] = () => Resized(9, 12, 1 / 3f, 2 / 3f, "nearest", "asymmetric", "floor"),
        ["nearest centres by whole factors"] = () => Resized(5, 4, 2, 3, "nearest", "half_pixel", "round_prefer_floor"),
        ["resize by scales"] = () => Of(-1, 2, 4, 5).Floats("scales", [4], 1, 1, 3, 2).Node("Resize", "x - scales", "y").Output("y"),
        ["constants as nodes"] = () =>
        {
            OnnxGraph graph = Of(-1, 2, 7, 6).Floats("w", [4, 2, 3, 3], Kernel);
            TensorProto tensor = graph.Proto.Graph.Initializer[0];
            graph.Proto.Graph.Initializer.Clear();
            graph.Node("Constant", "-", "w", new AttributeProto { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = tensor });
            graph.Proto.Graph.Node[0].Input.Clear();
            return graph.Node("Conv", "x w", "y").Output("y");
        },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void AFormGivesOnnxRuntimesNumbers(string form)
    {
        OnnxGraph graph = Graphs[form]();
        foreach (ValueInfoProto output in graph.Proto.Graph.Output) output.Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1 } };
        OnnxImport import = graph.Import();
        Tensor image = OnnxFile.Image(import.Model.Network.Graph.Inputs[0], 2, 8);
        Dictionary<string, (Shape Shape, float[] Values)> expected = OnnxFile.Run(graph.Bytes, image);
        IReadOnlyDictionary<string, Tensor> actual = OnnxFile.Reference(import.Model, image);
        Tensor main = actual[import.Model.Network.Graph.Outputs[^1].Name];
        Assert.Equal(expected["y"].Shape, main.Shape);
        TestNumbers.AssertClose(expected["y"].Values, main.Span, 1e-5, form);
        if (expected.TryGetValue("c", out (Shape Shape, float[] Values) tap)) TestNumbers.AssertClose(tap.Values, actual["c"].Span, 1e-5, form);
    }

    [Fact]
    public void PatternsBecomeOneOperation()
    {
        Assert.Equal(new Activation(ActivationFunction.Silu), Assert.Single(Graphs["silu"]().Import().Model.Network.Graph.Nodes).Operation);
        Assert.Equal(new Conv2d(4, 3) { HasBias = true }, Assert.Single(Graphs["bias after a convolution"]().Import().Model.Network.Graph.Nodes).Operation);
        Assert.Equal(new Dense(3), Graphs["matmul and add"]().Import().Model.Network.Graph.Nodes[^1].Operation);
        Assert.Equal(new Conv2d(4, 3) { Padding = new Padding(false, 1, 2, 1, 1) }, Assert.Single(Graphs["pad before a convolution"]().Import().Model.Network.Graph.Nodes).Operation);
        Assert.Equal(4, Graphs["factors and offsets"]().Import().Model.Network.Graph.Nodes.Count(node => node.Operation is BatchNorm));
    }

    [Fact]
    public void TheReportSaysWhatWasAssumed()
    {
        OnnxImport import = Pooled(batch: 5).Floats("w", [2, 3], Matrix).Floats("lost", [1], 1).Node("MatMul", "p w", "m").Node("Softmax", "m", "y").Output("y").Import();
        Assert.Equal(
            [
                "The file fixes the batch of input 'x' to 5; here it is free.",
                "The softmax before output 'y' was left out: Graft computes it from the logits.",
                "The main output 'y' is called 'logits' here.",
                "What the last layer takes is the output 'features', onto which a new head can be grafted.",
            ],
            import.Report.Notes);
        Assert.Equal(["lost"], import.Report.Unused);
        Assert.Equal((17L, 4, ""), (import.Report.OperatorSet, import.Report.Nodes, import.Report.Producer));
        Assert.Equal(6, import.Model.Preprocessing.Resolution);
        Assert.True(import.Report.AssumesPreprocessing);
    }

    [Fact]
    public void AnOpenResolutionIsTheUsers()
    {
        OnnxGraph graph = Of(-1, 2, -1, -1).Node("Relu", "x", "y").Output("y");
        Assert.Equal("hand.onnx: The file does not fix the height and width of input 'x'. Name a resolution (--resolution; OnnxImportOptions.Resolution).", graph.Error());
        Model model = graph.Import(new OnnxImportOptions { Resolution = 48, Preprocessing = Preprocessing.Centered }).Model;
        Assert.Equal(new NetworkInput("x", 48, 48, 2), Assert.Single(model.Network.Graph.Inputs));
        Assert.Equal(Preprocessing.Centered with { Resolution = 48 }, model.Preprocessing);
    }

    [Fact]
    public void LabelsThatDoNotFitAreLeftOut()
    {
        OnnxGraph graph = Pooled().Node("Relu", "p", "y").Output("y");
        graph.Proto.MetadataProps.Add(new StringStringEntryProto { Key = "labels", Value = "[\"a\"]" });
        OnnxImport import = graph.Import();
        Assert.Empty(import.Model.Labels);
        Assert.Contains("The file has 1 label for 2 outputs: it was left out.", import.Report.Notes);
        graph.Proto.MetadataProps[0].Value = "{ not JSON";
        Assert.Empty(graph.Import().Model.Labels);
    }

    /// <summary>A resize by factors; its result has the sides that the standard gives it.</summary>
    private static OnnxGraph Resized(int height, int width, float down, float across, string mode, string centre, string nearest = "round_prefer_floor") =>
        Of(-1, 2, height, width).Floats("scales", [4], 1, 1, down, across)
            .Node("Resize", "x - scales", "y", Text("mode", mode), Text("coordinate_transformation_mode", centre), Text("nearest_mode", nearest)).Output("y");

    /// <summary>The standard's own examples of resizing by factors.</summary>
    [Theory]
    [InlineData("resize_downsample_scales_linear", 2, 4, 0.6f, 0.6f, "linear", new float[] { 2.6666665f, 4.3333331f })]
    [InlineData("resize_upsample_scales_linear", 2, 2, 2f, 2f, "linear", new float[] { 1, 1.25f, 1.75f, 2, 1.5f, 1.75f, 2.25f, 2.5f, 2.5f, 2.75f, 3.25f, 3.5f, 3, 3.25f, 3.75f, 4 })]
    public void AResizeGivesTheStandardsNumbers(string name, int height, int width, float down, float across, string mode, float[] expected)
    {
        // Their inputs count 1, 2, 3, ...
        OnnxGraph graph = Of(-1, 1, height, width).Floats("scales", [4], 1, 1, down, across).Node("Resize", "x - scales", "y", Text("mode", mode)).Output("y");
        Tensor image = new([1, height, width, 1], [.. Enumerable.Range(1, height * width).Select(i => (float)i)]);
        TestNumbers.AssertClose(expected, OnnxFile.Reference(graph.Import().Model, image)["y"].Span, 1e-6, name);
    }

    /// <summary>The factor is kept, in the file, too: it is not the quotient of the sides, and another input size changes the output's.</summary>
    [Fact]
    public void AResizeKeepsItsFactors()
    {
        Model model = Resized(75, 74, 1.5f, 1.5f, "linear", "half_pixel").Import().Model;
        Assert.Equal(new Resize(112, 111, ResizeMode.Bilinear) { Scale = (1.5f, 1.5f) }, Assert.Single(model.Network.Graph.Nodes).Operation);
        MemoryStream stream = new();
        Formats.ModelFile.Save(model, stream);
        stream.Position = 0;
        Assert.Equal(model.Network.Graph.Nodes, Formats.ModelFile.Load(stream).Network.Graph.Nodes);
        Assert.Equal(model.Network.Graph.Nodes[0].Operation, Assert.Single(OnnxFile.Import(OnnxFile.Export(model)).Model.Network.Graph.Nodes).Operation);
        Assert.Null(((Resize)Resized(75, 74, 2, 3, "linear", "half_pixel").Import().Model.Network.Graph.Nodes[0].Operation).Scale);
    }

    private static OnnxGraph Pooled(int batch = -1) => Of(batch, 2, 7, 6).Node("GlobalAveragePool", "x", "g").Node("Flatten", "g", "p");
}
