using System.Text.Json;
using Graft.Activations;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Inference;

/// <summary>The scalar references against PyTorch: every layer alone, and MobileNetV2.</summary>
public class ReferencePlanTests
{
    public static TheoryData<int> Layers() => [.. Enumerable.Range(0, Fixture.Json("Inference", "layers.json").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Layers))]
    public void ALayerEqualsPyTorch(int index)
    {
        JsonElement layer = Fixture.Json("Inference", "layers.json")[index];
        int Int(string name) => layer.GetProperty(name).GetInt32();
        Shape input = Shape.Create(layer.GetProperty("input").Integers());
        string op = layer.GetProperty("op").GetString()!;
        (Operation operation, uint seed, double scale) = op switch
        {
            "conv" => (new Conv2d(Int("outputs"), Int("kernel"))
            {
                Stride = Int("stride"),
                Dilation = Int("dilation"),
                Groups = Int("groups"),
                Padding = Int("padding") < 0 ? Padding.Same : Padding.Symmetric(Int("padding")),
                HasBias = layer.GetProperty("bias").GetBoolean(),
            }, 1u, 1.0),
            "max" or "average" => (new Pool2d(op == "max" ? PoolFunction.Max : PoolFunction.Average, Int("kernel"))
            {
                Stride = Int("stride"),
                Padding = Padding.Symmetric(Int("padding")),
            }, 4u, 1.0),
            "global" => ((Operation)new GlobalAveragePool(), 5u, 1.0),
            "dense" => (new Dense(Int("outputs")), 6u, 1.0),
            "norm" => (new BatchNorm { Epsilon = 1e-3f }, 9u, 1.0),
            "softmax" => (new Softmax(), 14u, 8.0),
            "activation" => (new Activation(FunctionNames.Of(layer.GetProperty("function").GetString()!)), 15u, 8.0),
            _ => (new Resize(layer.GetProperty("size")[0].GetInt32(), layer.GetProperty("size")[1].GetInt32(), op == "nearest" ? ResizeMode.Nearest : ResizeMode.Bilinear), 16u, 1.0),
        };
        uint[] seeds = op switch { "conv" => [2, 3], "dense" => [7, 8], "norm" => [10, 11, 12, 13], _ => [] };

        // A dense layer or softmax takes [batch, features], which no input has: a pooling over one pixel makes it.
        GraphBuilder builder = new("test");
        string value = input.Rank == 4
            ? builder.Input("x", input[1], input[2], input[3])
            : builder.Add("flat", new GlobalAveragePool(), builder.Input("x", 1, 1, input[1]));
        builder.Output("y", builder.Add("layer", operation, value));
        Graph graph = builder.Build();
        Dictionary<string, Tensor> weights = [];
        foreach ((string name, Parameter parameter) in graph.Parameters)
        {
            bool isVariance = name.EndsWith("running_var", StringComparison.Ordinal);
            weights.Add(name, UniformTensor(parameter.Shape, seeds[weights.Count], isVariance ? 0.5 : 1, isVariance ? 1 : 0));
        }

        Shape image = input.Rank == 4 ? input : [input[0], 1, 1, input[1]];
        Tensor y = ReferencePlan.Run(new Network(graph, weights), new Dictionary<string, Tensor> { ["x"] = UniformTensor(image, seed, scale) })["y"];
        AssertClose(layer.GetProperty("y").Floats(), y.Span, 1e-6, op);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void MobileNetV2EqualsTorchvision(int index)
    {
        JsonElement expected = Fixture.Json("Inference", "mobilenetv2.json")[index];
        TrunkOptions options = new()
        {
            Width = 0.25,
            Resolution = 64,
            SamePadding = expected.GetProperty("same").GetBoolean(),
            Epsilon = expected.GetProperty("epsilon").GetSingle(),
        };
        Network network = TestNetworks.WithTestWeights(MobileNetV2.Trunk(options).WithHead(16));
        IReadOnlyDictionary<string, Tensor> outputs = ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["image"] = UniformTensor([2, 64, 64, 3], 99) });
        AssertClose(expected.GetProperty("features").Floats(), outputs["features"].Span[..1280], 1e-5, "features");
        AssertClose(expected.GetProperty("logits").Floats(), outputs["logits"].Span, 1e-5, "logits");
    }

    [Fact]
    public void AnInputOfAnotherShapeIsRefused()
    {
        Network network = Network.Random(MobileNetV1.Trunk(new() { Width = 0.25, Resolution = 32 }), 1);
        NetworkException error = Assert.Throws<NetworkException>(() => ReferencePlan.Run(network, new Dictionary<string, Tensor> { ["image"] = new([3, 32, 33, 3]) }));
        Assert.Equal("Input 'image' of network 'mobilenetv1_025' must have the shape [3, 32, 32, 3], not [3, 32, 33, 3].", error.Message);
        error = Assert.Throws<NetworkException>(() => ReferencePlan.Run(network, new Dictionary<string, Tensor>()));
        Assert.Equal("Network 'mobilenetv1_025' takes an input 'image', which was not given.", error.Message);
    }
}
