using Graft.Networks;
using Graft.Onnx.Protos;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using static Graft.Onnx.Tests.OnnxGraph;

namespace Graft.Onnx.Tests.Reading;

/// <summary>Normalizations come back as themselves, under their names, and those that other programs write compute what ONNX Runtime computes.</summary>
public class NormReaderTests
{
    private static readonly float[] Four = [1.5f, -0.5f, 2, 0.25f], More = [0.5f, 1, -1, 2];

    public static TheoryData<Operation> Kept => new()
    {
        { new InstanceNorm { Epsilon = 1e-3f } }, { new GroupNorm(3) }, { new GroupNorm(1) { IsAffine = false } }, { new LayerNorm { Epsilon = 1e-3f } }, { new LocalResponseNorm(3) { Alpha = 0.3f, K = 2 } },
        { new IbnNorm { Epsilon = 1e-3f } }, { new IbnNorm { InstanceChannels = 2 } },
    };

    [Theory]
    [MemberData(nameof(Kept), DisableDiscoveryEnumeration = true)]
    public void ANormComesBackAsOneNodeOfItsName(Operation operation)
    {
        Model model = OnnxFile.Single(operation, 5, 4);
        Network back = OnnxFile.Import(OnnxFile.Export(model)).Model.Network;
        Node node = Assert.Single(back.Graph.Nodes);
        Assert.Equal(operation, node.Operation);
        if (model.Network.Weights.Count > 0) Assert.Equal("layer", node.Name);
        Assert.Equal(model.Network.Graph.Parameters.Keys.Order(), back.Weights.Keys.Order());
        foreach ((string name, Tensor weight) in model.Network.Weights) Assert.Equal(weight.Span.ToArray(), back.Weights[name].Span.ToArray());
    }

    private static readonly Dictionary<string, (OnnxGraph Graph, Operation Operation)> Files = new()
    {
        ["groups, one number for each channel"] = (
            Of(-1, 4, 5, 6).OperatorSet(21).Floats("s", [4], Four).Floats("b", [4], More).Node("GroupNormalization", "x s b", "y", Int("num_groups", 2), Float("epsilon", 1e-3f)).Output("y"),
            new GroupNorm(2) { Epsilon = 1e-3f }),
        ["rows"] = (
            Of(-1, 4, 5, 6).Floats("s", [4], Four).Node("Transpose", "x", "t", Ints("perm", 0, 2, 3, 1)).Node("LayerNormalization", "t s", "l", Int("axis", 3)).Node("Transpose", "l", "y", Ints("perm", 0, 3, 1, 2)).Output("y"),
            new LayerNorm()),
        ["groups, written as rows with scales of their own"] = (
            Of(-1, 4, 5, 6).Integers("g", 0, 2, 60).Integers("e", -1, 4, 5, 6).Floats("s", [2], 2, 3).Floats("b", [2], 1, -1).Floats("w", [1, 4, 1, 1], Four).Floats("v", [4, 1, 1], More)
                .Node("Reshape", "x g", "r").Node("InstanceNormalization", "r s b", "n").Node("Reshape", "n e", "a").Node("Mul", "w a", "m").Node("Add", "m v", "y").Output("y"),
            new GroupNorm(2)),
        ["neighbours"] = (Of(-1, 4, 5, 6).Node("LRN", "x", "y", Int("size", 3)).Output("y"), new LocalResponseNorm(3)),
    };

    public static TheoryData<string> FileNames => [.. Files.Keys];

    [Theory]
    [MemberData(nameof(FileNames))]
    public void WhatOtherProgramsWriteComputesTheSame(string name)
    {
        (OnnxGraph graph, Operation operation) = Files[name];
        graph.Proto.Graph.Output[0].Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float } };
        Model model = graph.Import().Model;
        Assert.Equal(operation, Assert.Single(model.Network.Graph.Nodes).Operation);
        Tensor image = OnnxFile.Image(model.Network.Graph.Inputs[0], 2);
        TestNumbers.AssertClose(OnnxFile.Run(graph.Bytes, image)["y"].Values, OnnxFile.Reference(model, image).Values.Single().Span, 1e-5);
    }

    /// <summary>Before operator set 21 the scales were those of the groups; RMSNormalization is newer than the runtime of these tests.</summary>
    [Fact]
    public void OldAndNewOperatorsAreRead()
    {
        Network old = Of(-1, 4, 5, 6).OperatorSet(18).Floats("s", [2], 2, 3).Floats("b", [2], 1, -1).Node("GroupNormalization", "x s b", "y", Int("num_groups", 2)).Output("y").Import().Model.Network;
        Assert.Equal([2, 2, 3, 3], old.Weight(old.Graph.Nodes[0], "weight").Span.ToArray());
        Assert.Equal([1, 1, -1, -1], old.Weight(old.Graph.Nodes[0], "bias").Span.ToArray());

        Network rms = Of(-1, 4, 5, 6).OperatorSet(23).Floats("s", [4], Four).Node("Transpose", "x", "t", Ints("perm", 0, 2, 3, 1)).Node("RMSNormalization", "t s", "y").Output("y").Import().Model.Network;
        Assert.Equal(new RmsNorm(), rms.Graph.Nodes[0].Operation);
        Assert.Equal(Four, rms.Weight(rms.Graph.Nodes[0], "weight").Span.ToArray());
    }

    private static readonly Dictionary<string, (OnnxGraph Graph, string Message)> Refusals = new()
    {
        ["wrong axis"] = (
            Of(-1, 4, 5, 6).Floats("s", [6], new float[6]).Node("LayerNormalization", "x s", "y").Output("y"),
            "ONNX node 'node_y' of type 'LayerNormalization' cannot be imported: Graft reads it over the channels where they are the last axis."),
        ["even neighbours"] = (
            Of(-1, 4, 5, 6).Node("LRN", "x", "y", Int("size", 4)).Output("y"),
            "ONNX node 'node_y' of type 'LRN' cannot be imported: it takes 4 neighbours; an odd number up to 1023 is read, since of an even one Graft takes one more below and ONNX one more above."),
        ["groups that do not fit"] = (
            Of(-1, 4, 5, 6).OperatorSet(21).Floats("s", [4], Four).Node("GroupNormalization", "x s s", "y", Int("num_groups", 3)).Output("y"),
            "ONNX node 'node_y' of type 'GroupNormalization' cannot be imported: it has 3 groups for 4 channels."),
        ["another scale"] = (
            Of(-1, 4, 5, 6).Floats("s", [3], 1, 2, 3).Node("InstanceNormalization", "x s s", "y").Output("y"),
            "ONNX node 'node_y' of type 'InstanceNormalization' cannot be imported: its scale has 3 numbers for 4 channels."),
        ["no epsilon"] = (
            Of(-1, 4, 5, 6).Floats("s", [4], Four).Node("InstanceNormalization", "x s s", "y", Float("epsilon", 0)).Output("y"),
            "ONNX node 'node_y' of type 'InstanceNormalization' cannot be imported: its epsilon is 0; it must be positive."),
        ["channels cut apart"] = (
            Of(-1, 4, 5, 6).Integers("p", 2, 2).Node("Split", "x p", "y", Int("axis", 1)).Output("y"),
            "ONNX node 'node_y' of type 'Split' cannot be imported: Graft cuts channels apart only for the instance and batch normalization of IBN-Nets."),
        ["groups left joined"] = (
            Of(-1, 4, 5, 6).Integers("g", 0, 2, -1).Floats("s", [2], 1, 1).Node("Reshape", "x g", "r").Node("InstanceNormalization", "r s s", "n").Node("Relu", "n", "y").Output("y"),
            "ONNX node 'node_y' of type 'Relu' cannot be imported: it follows a reshape that joins the channels in groups, and Graft only normalizes such groups."),
    };

    public static TheoryData<string> RefusalNames => [.. Refusals.Keys];

    [Theory]
    [MemberData(nameof(RefusalNames))]
    public void WhatGraftDoesNotHaveIsRefused(string name) => Assert.Equal($"hand.onnx: {Refusals[name].Message}", Refusals[name].Graph.Error());
}
