using System.Text;
using Graft.Activations;
using Graft.Formats;
using Graft.Formats.Keras;
using Graft.Networks;
using Graft.Operations;

namespace Graft.Tests.Formats;

/// <summary>What Keras' graphs may hold beside the usual, as TensorFlow.js layers models.</summary>
public class KerasGraphTests
{
    private const string Head = """{"class_name":"GlobalAveragePooling2D","config":{"name":"gap"}},{"class_name":"Dense","config":{"name":"d","units":2,"use_bias":false,"activation":"softmax"}}""";

    /// <summary>Layers of one name in two models of a model stay two.</summary>
    [Fact]
    public void ModelsInAModelMayHaveLayersOfOneName()
    {
        Model model = Read($"{Inner("A", "c1")},{Inner("B", "c2")},{Head}", "c1", "c2").Model;
        Node[] functions = [.. model.Network.Graph.Nodes.Where(node => node.Operation is Activation)];
        Assert.Equal(["c1", "c2"], functions.Select(node => node.Inputs[0]));
        Assert.All(functions, node => Assert.Equal(new Activation(ActivationFunction.Sigmoid), node.Operation));
        Assert.Equal(functions[1].Name, model.Network.Graph.Nodes.Single(node => node.Operation is GlobalAveragePool).Inputs[0]);

        static string Inner(string name, string convolution) =>
            $$$"""{"class_name":"Sequential","config":{"name":"{{{name}}}","layers":[{{{Convolution(convolution)}}},{"class_name":"Activation","config":{"name":"act","activation":"sigmoid"}}]}}""";
    }

    [Theory]
    [InlineData("""{"class_name":"Softmax","config":{"name":"s","axis":1}}""", "must be the last one, not 1.")]
    [InlineData("""{"class_name":"Softmax","config":{"name":"s","axis":[1,2]}}""", "config.axis must have at most 1 element")]
    public void ASoftmaxIsOverChannels(string layer, string problem) =>
        Assert.Contains(problem, Assert.Throws<WeightFileException>(() => Read($"{Convolution("c1")},{layer},{Head}", "c1")).Message, StringComparison.Ordinal);

    [Fact]
    public void PixelsTimesNothingAreRefused() => Assert.Contains(
        "x: StandardDeviation takes three finite numbers",
        Assert.Throws<WeightFileException>(() => Read($$$"""{"class_name":"Rescaling","config":{"name":"r","scale":1e-41,"offset":0,"batch_input_shape":[null,8,8,3]}},{{{Convolution("c1")}}},{{{Head}}}""", "c1")).Message, StringComparison.Ordinal);

    /// <summary>Layers without weights in the file would make a large network of a small file: 3 channels joined with themselves 17 times, and scaled.</summary>
    [Fact]
    public void NumbersThatNoFileHoldsAreBounded()
    {
        StringBuilder layers = new("""{"class_name":"InputLayer","name":"x","config":{"name":"x","batch_input_shape":[null,8,8,3]},"inbound_nodes":[]}""");
        string last = "x";
        for (int i = 0; i < 17; i++) Add($"j{i}", "Concatenate", "", $"""["{last}",0,0,{"{}"}],["{last}",0,0,{"{}"}]""");
        for (int i = 0; i < 3; i++)
        {
            Add($"t{i}", "TFOpLambda", ""","function":"math.multiply" """, $$"""["{{last}}",0,0,{"y":2.0,"name":null}]""");
            Add($"a{i}", "Activation", ""","activation":"relu" """, $"""["{last}",0,0,{"{}"}]""");
        }

        string topology = $$$"""{"class_name":"Functional","config":{"name":"m","layers":[{{{layers}}}],"input_layers":[["x",0,0]],"output_layers":[["{{{last}}}",0,0]]}}""";
        Assert.Contains("its layers without weights make 4,718,592 numbers, and the file has 0", Assert.Throws<WeightFileException>(() => ReadModel(topology)).Message, StringComparison.Ordinal);

        void Add(string name, string type, string more, string inputs)
        {
            layers.Append($$$""",{"class_name":"{{{type}}}","name":"{{{name}}}","config":{"name":"{{{name}}}"{{{more}}}},"inbound_nodes":[[{{{inputs}}}]]}""");
            last = name;
        }
    }

    private static string Convolution(string name) =>
        $$$"""{"class_name":"Conv2D","config":{"name":"{{{name}}}","filters":3,"kernel_size":[1,1],"strides":[1,1],"padding":"valid","use_bias":false,"activation":"linear","batch_input_shape":[null,8,8,3]}}""";

    private static Imported Read(string layers, params string[] convolutions) => ReadModel($$$"""{"class_name":"Sequential","config":{"name":"m","layers":[{{{layers}}}]}}""", [.. convolutions]);

    private static Imported ReadModel(string topology, params string[] convolutions)
    {
        string weights = string.Join(',', convolutions.Select(name => $$"""{"name":"{{name}}/kernel","shape":[1,1,3,3],"dtype":"float32"}""").Append("""{"name":"d/kernel","shape":[3,2],"dtype":"float32"}""").Take(convolutions.Length == 0 ? 0 : int.MaxValue));
        string json = """{"format":"layers-model","modelTopology":{"keras_version":"2.4.0","model_config":""" + topology + """},"weightsManifest":[{"paths":["w.bin"],"weights":[""" + weights + "]}]}";
        byte[] numbers = new byte[convolutions.Length == 0 ? 0 : 4 * ((9 * convolutions.Length) + 6)];
        return Tfjs.Read(new MemoryFiles(new Dictionary<string, byte[]> { ["model.json"] = Encoding.UTF8.GetBytes(json), ["w.bin"] = numbers }), "model.json");
    }
}
