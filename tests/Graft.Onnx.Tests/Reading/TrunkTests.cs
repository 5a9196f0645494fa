using Graft.Models;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Onnx.Protos;
using Graft.Tensors;
using static Graft.Onnx.Tests.OnnxGraph;

namespace Graft.Onnx.Tests.Reading;

/// <summary>Which output is the result, and which value a new head is grafted onto.</summary>
public class TrunkTests
{
    private static readonly float[] Matrix = TestNumbers.Uniform(2 * 3, 4), Square = TestNumbers.Uniform(3 * 3, 5);

    private static readonly Dictionary<string, (Func<OnnxGraph> Graph, string Outputs, string Penultimate)> Cases = new()
    {
        // Only pooled features, whatever they are called.
        ["pooled features called logits"] = (() => Pooled().Node("Identity", "p", "logits").Output("logits"), "features", "p"),
        ["pooled features called output"] = (() => Pooled().Node("Identity", "p", "output").Output("output"), "features", "p"),
        ["pooled features that are not flattened"] = (() => Of(-1, 2, 7, 6).Node("GlobalAveragePool", "x", "logits").Output("logits"), "features", "logits"),
        ["an activation on features"] = (() => Hidden().Output("r"), "features", "r"),
        ["an embedding called features"] = (() => Pooled().Floats("w", [2, 3], Matrix).Node("MatMul", "p w", "features").Output("features"), "features", "features"),

        // Classifiers: what the last layer takes.
        ["a Gemm"] = (() => Pooled().Floats("w", [2, 3], Matrix).Node("Gemm", "p w", "y").Output("y"), "features logits", "p"),
        ["a MatMul called output"] = (() => Pooled().Floats("w", [2, 3], Matrix).Node("MatMul", "p w", "output").Output("output"), "features logits", "p"),
        ["a Gemm under a softmax"] = (() => Pooled().Floats("w", [2, 3], Matrix).Node("Gemm", "p w", "m").Node("Softmax", "m", "y").Output("y"), "features logits", "p"),
        ["a 1x1 convolution after the pooling"] = (
            () => Of(-1, 2, 7, 6).Floats("w", [3, 2, 1, 1], Matrix).Node("GlobalAveragePool", "x", "p").Node("Conv", "p w", "c").Node("Flatten", "c", "y").Output("y"), "features logits", "p"),
        ["a 1x1 convolution before the pooling"] = (
            () => Of(-1, 2, 7, 6).Floats("w", [3, 2, 1, 1], Matrix).Floats("b", [3], 1, 2, 3).Node("GlobalAveragePool", "x", "p")
                .Node("Conv", "x w b", "c").Node("GlobalAveragePool", "c", "g").Node("Flatten", "g", "y").Output("y"), "features logits", "p"),
        ["a 1x1 convolution, an activation, the pooling and a softmax"] = (
            () => Of(-1, 2, 7, 6).Floats("w", [3, 2, 1, 1], Matrix).Node("GlobalAveragePool", "x", "p")
                .Node("Conv", "x w", "c").Node("Relu", "c", "r").Node("GlobalAveragePool", "r", "g").Node("Flatten", "g", "f").Node("Softmax", "f", "y").Output("y"), "features logits", "p"),
        ["a hidden layer before the last"] = (() => Hidden().Floats("v", [3, 3], Square).Node("Gemm", "r v", "y").Output("y"), "features logits", "r"),
        ["dropout before the last"] = (() => Hidden().Floats("v", [3, 3], Square).Node("Dropout", "r", "d").Node("Gemm", "d v", "y").Output("y"), "features logits", "r"),
        ["a sigmoid for each class"] = (() => Pooled().Floats("w", [2, 3], Matrix).Node("Gemm", "p w", "m").Node("Sigmoid", "m", "labels").Output("labels"), "features logits", "p"),
        ["a sigmoid called logits"] = (() => Pooled().Floats("w", [2, 3], Matrix).Node("Gemm", "p w", "m").Node("Sigmoid", "m", "logits").Output("logits"), "features logits", "p"),
    };

    /// <summary>The sigmoids of a dense layer are the probabilities of independent labels; the softmax is one of classes.</summary>
    [Theory]
    [InlineData("Sigmoid", ModelTask.MultiLabel)]
    [InlineData("Softmax", ModelTask.Classify)]
    public void TheLastStepSaysWhetherLabelsAreIndependent(string last, ModelTask task)
    {
        OnnxGraph graph = Pooled().Floats("w", [2, 3], Matrix).Node("Gemm", "p w", "m").Node(last, "m", "y").Output("y");
        OnnxImport import = graph.Import();
        Assert.Equal(task, import.Model.Task);
        Assert.Contains($"The {last.ToLowerInvariant()} before output 'y' was left out: Graft computes it from the logits.", import.Report.Notes);

        // A sigmoid that is not behind the last dense layer is an activation as any other.
        Assert.Equal(ModelTask.Classify, Pooled().Node("Sigmoid", "p", "s").Floats("w", [2, 3], Matrix).Node("Gemm", "s w", "y").Output("y").Import().Model.Task);
    }

    public static TheoryData<string> Names => [.. Cases.Keys];

    /// <summary>Each file has the outputs that its layers say, 'features' is the value that ONNX Runtime computes for the last layer, and a head can be grafted onto it.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void FeaturesAreWhatTheLastLayerTakes(string name)
    {
        (Func<OnnxGraph> make, string outputs, string penultimate) = Cases[name];
        OnnxGraph graph = make();
        Model model = graph.Import().Model;
        Assert.Equal(outputs.Split(' '), model.Network.Graph.Outputs.Select(output => output.Name));

        // The value itself as an output, for another program to compute.
        graph.Proto.Graph.Output.Clear();
        graph.Output(penultimate);
        graph.Proto.Graph.Output[0].Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = 1 } };
        Tensor image = OnnxFile.Image(model.Network.Graph.Inputs[0], 2, 8);
        TestNumbers.AssertClose(OnnxFile.Run(graph.Bytes, image)[penultimate].Values, OnnxFile.Reference(model, image)["features"].Span, 1e-5, name);
        Assert.Equal([1, 9], model.Network.Trunk().Graph.WithHead(9).OutputShape("logits"));
    }

    /// <summary>What a trunk ends in, a 1x1 convolution, an activation and the pooling, are features unless a softmax follows.</summary>
    [Fact]
    public void TheLastConvolutionOfATrunkIsNoClassifier()
    {
        Model model = Of(-1, 2, 7, 6).Floats("w", [3, 2, 1, 1], Matrix).Floats("b", [3], 1, 2, 3)
            .Node("Conv", "x w b", "c").Node("Relu", "c", "r").Node("GlobalAveragePool", "r", "g").Node("Flatten", "g", "y").Output("y").Import().Model;
        Assert.Equal(["features"], model.Network.Graph.Outputs.Select(output => output.Name));
        Assert.Equal([1, 3], model.Network.Graph.OutputShape("features"));
    }

    [Fact]
    public void AHeadIsDropped()
    {
        Model model = Pooled().Floats("w", [2, 3], Matrix).Node("Gemm", "p w", "y").Output("y").Import(new OnnxImportOptions { DropHead = true }).Model;
        Assert.Equal(["features"], model.Network.Graph.Outputs.Select(output => output.Name));
        Assert.Empty(model.Network.Weights);
    }

    /// <summary>A head that Graft does not have refuses the file, but not its trunk.</summary>
    [Fact]
    public void AnUnknownHeadDoesNotRefuseTheTrunk()
    {
        OnnxGraph graph = Pooled().Node("Erf", "p", "e").Output("e");
        Assert.Equal(
            "hand.onnx: ONNX node 'node_e' of type 'Erf' cannot be imported: Graft has no such operation. It comes after the pooling 'node_g', in the head: "
            + "without it the file may be a trunk (--drop-head; OnnxImportOptions.DropHead).",
            graph.Error());
        OnnxImport import = graph.Import(new OnnxImportOptions { DropHead = true });
        Assert.Equal(["features"], import.Model.Network.Graph.Outputs.Select(output => output.Name));
        Assert.Equal([1, 2], import.Model.Network.Graph.OutputShape("features"));
        Assert.Equal("The head, all after 'node_g', was left out: ONNX node 'node_e' of type 'Erf' cannot be imported: Graft has no such operation.", import.Report.Notes[0]);
    }

    /// <summary>A mean over the channels, as in a layer norm, is no pooling; one over height and width is, wherever its axes stand.</summary>
    [Fact]
    public void TheTrunkEndsInAPoolingOverTheImage()
    {
        OnnxGraph graph = Of(-1, 2, 7, 6).OperatorSet(18).Integers("places", 2, 3).Integers("channels", 1)
            .Node("ReduceMean", "x places", "g", Int("keepdims", 0)).Node("Erf", "g", "e").Node("ReduceMean", "e channels", "y").Output("y");
        Model model = graph.Import(new OnnxImportOptions { DropHead = true }).Model;
        Assert.Equal([1, 2], model.Network.Graph.OutputShape("features"));
        Assert.EndsWith("It comes after the pooling 'node_g', in the head: without it the file may be a trunk (--drop-head; OnnxImportOptions.DropHead).", graph.Error());
    }

    private static OnnxGraph Pooled() => Of(-1, 2, 7, 6).Node("GlobalAveragePool", "x", "g").Node("Flatten", "g", "p");

    private static OnnxGraph Hidden() => Pooled().Floats("w", [2, 3], Matrix).Floats("b", [3], 0.5f, 1, -0.25f).Node("Gemm", "p w b", "m").Node("Relu", "m", "r");
}
