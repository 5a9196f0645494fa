using System.Text.Json;
using Graft.Formats;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Networks;

/// <summary>Shapes, parameters and refusals of normalizations other than batch norm, and their form in files.</summary>
public class NormLayerTests
{
    public static TheoryData<string> Names() => [.. TestNorms.All.Keys];

    /// <summary>A model with all of them, one behind the other.</summary>
    internal static Model EveryNorm()
    {
        GraphBuilder builder = new("norms");
        string value = builder.Input("x", 5, 6, 8);
        foreach ((string name, Operation operation) in TestNorms.All) value = builder.AddNorm($"norm {name}", operation, value);
        builder.Output("y", value);
        return new Model(Network.Random(builder.Build(), 1));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void KeepsTheShapeAndComesBackFromAFile(string name)
    {
        Operation operation = TestNorms.All[name];
        Shape[] shapes = [.. Enumerable.Repeat(Shape.Create([2, 5, 6, 8]), operation.Arity)];
        Assert.Equal([2, 5, 6, 8], operation.OutputShape(shapes));
        Assert.Equal(0, operation.MultiplyAdds(shapes));

        GraphBuilder builder = new("file");
        builder.Output("y", builder.AddNorm("norm", operation, builder.Input("x", 5, 6, 8)));
        Model model = new(Network.Random(builder.Build(), 1));
        MemoryStream stream = new();
        ModelFile.Save(model, stream);
        Model back = ModelFile.Load(new MemoryStream(stream.ToArray()), "x");
        Assert.Equal(model.Network.Graph.Nodes.AsEnumerable(), back.Network.Graph.Nodes);
        Assert.Equal(model.Network.Graph.Parameters.Keys, back.Network.Graph.Parameters.Keys);
    }

    [Fact]
    public void ParametersHaveTheNamesOfTheAuthorsFiles()
    {
        Shape[] input = [[1, 3, 3, 9]];
        Assert.Equal(["weight [9] 1", "bias [9] 0"], Parameters(new InstanceNorm()));
        Assert.Equal(["running_mean [9] 0 buffer", "running_var [9] 1 buffer"], Parameters(new InstanceNorm { IsAffine = false, TracksStatistics = true }));
        Assert.Equal(["weight [9] 1", "bias [9] 0"], Parameters(new GroupNorm(3)));
        Assert.Equal(["weight [9] 1", "bias [9] 0"], Parameters(new LayerNorm()));
        Assert.Empty(Parameters(new LayerNorm { IsAffine = false }));
        Assert.Equal(["weight [9] 1"], Parameters(new RmsNorm()));
        Assert.Empty(Parameters(new LocalResponseNorm(5)));
        Assert.Equal(["weight [9] 1", "bias [9] 0", "tau [9] 0", "eps [1] 0.0001"], Parameters(new FilterResponseNorm { LearnsEpsilon = true }));
        Assert.Equal(
            ["IN.weight [4] 1", "IN.bias [4] 0", "BN.weight [5] 1", "BN.bias [5] 0", "BN.running_mean [5] 0 buffer", "BN.running_var [5] 1 buffer"], Parameters(new IbnNorm()));
        Assert.Equal("IN.weight [2] 1", Parameters(new IbnNorm { InstanceChannels = 2 })[0]);
        Assert.Equal(
            ["weight [9] 1", "bias [9] 0", "mean_weight [3] 1", "var_weight [3] 1", "running_mean [9] 0 buffer", "running_var [9] 1 buffer"], Parameters(new SwitchableNorm()));

        string[] Parameters(Operation operation) =>
            [.. operation.Parameters(input).Select(p => FormattableString.Invariant($"{p.Name} {p.Shape} {p.Initial.Constant}{(p.IsBuffer ? " buffer" : "")}"))];
    }

    [Fact]
    public void LabelsSayWhatTheyAre()
    {
        Assert.Equal(
            ["instance norm", "group norm 32", "layer norm", "layer norm of the image", "rms norm", "local response norm 5", "filter response norm", "adaptive instance norm", "instance-batch norm", "switchable norm"],
            new Operation[]
            {
                new InstanceNorm(), new GroupNorm(32), new LayerNorm(), new LayerNorm { Axes = LayerNormAxes.Image }, new RmsNorm(), new LocalResponseNorm(5), new FilterResponseNorm(),
                new AdaptiveInstanceNorm(), new IbnNorm(), new SwitchableNorm(),
            }.Select(operation => operation.Label));
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        Refused(new GroupNorm(4), "Groups of a normalization must divide its channels: 4 groups, 9 channels.", [1, 3, 3, 9]);
        Refused(new InstanceNorm(), "An instance normalization takes [batch, height, width, channels], not [2, 9].", [2, 9]);
        Refused(new IbnNorm(), "An instance-batch normalization has channels of both kinds: 0 of 1 cannot be the instance-normalized ones.", [1, 3, 3, 1]);
        Refused(new IbnNorm { InstanceChannels = 9 }, "An instance-batch normalization has channels of both kinds: 9 of 9 cannot be the instance-normalized ones.", [1, 3, 3, 9]);
        Refused(
            new AdaptiveInstanceNorm(), "An adaptive instance normalization takes a content and a style of one batch size and number of channels, not [1, 3, 3, 9] and [1, 3, 3, 8].", [1, 3, 3, 9], [1, 3, 3, 8]);
        Assert.StartsWith("Epsilon must be positive and finite, not 0.", Assert.Throws<ArgumentOutOfRangeException>(() => new InstanceNorm { Epsilon = 0 }).Message);
        Assert.StartsWith("Momentum must be in [0, 1), not 1.", Assert.Throws<ArgumentOutOfRangeException>(() => new SwitchableNorm { Momentum = 1 }).Message);
        Assert.StartsWith("Groups must be positive, not 0.", Assert.Throws<ArgumentOutOfRangeException>(() => new GroupNorm(0)).Message);
        Assert.StartsWith("Alpha must be finite and not negative, not -1.", Assert.Throws<ArgumentOutOfRangeException>(() => new LocalResponseNorm(5) { Alpha = -1 }).Message);
        Assert.StartsWith("There are no axes 7.", Assert.Throws<ArgumentOutOfRangeException>(() => new LayerNorm { Axes = (LayerNormAxes)7 }).Message);
        using JsonDocument json = JsonDocument.Parse("""{"op":"layer_norm","axes":"rows","epsilon":1e-5}""");
        Assert.Equal("x: node.axes must be channels or picture, not 'rows'.", Assert.Throws<WeightFileException>(() => OperationJson.Read(new JsonPart("x", "node", json.RootElement))).Message);

        static void Refused(Operation operation, string message, params Shape[] inputs) => Assert.Equal(message, Assert.Throws<NetworkException>(() => operation.OutputShape(inputs)).Message);
    }
}
