using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Graft.Formats;
using Graft.Formats.Keras;

namespace Graft.Tests.Formats;

/// <summary>What graph models may not hold, and what is said of it.</summary>
public class GraphModelRefusalTests
{
    private static string Refused(string name, Func<string, string> change)
    {
        Dictionary<string, byte[]> files = GraphModelTests.Files(name);
        string json = Encoding.UTF8.GetString(files["model.json"]), changed = change(json);
        Assert.NotEqual(json, changed);
        files["model.json"] = Encoding.UTF8.GetBytes(changed);
        return Assert.Throws<WeightFileException>(() => Tfjs.Read(new MemoryFiles(files), "model.json")).Message;
    }

    private static string Text(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));

    [Theory]
    [InlineData("plain", "\"op\":\"Relu\"", "\"op\":\"Prelu\"", "x: the node 'relu' of the operation 'Prelu': Graft has no such operation.")]
    [InlineData("plain", "\"op\":\"Relu\"", "\"op\":\"Switch\"", "x: the node 'relu' of the operation 'Switch': Graft has no such operation.")]
    [InlineData("plain", "\"name\":\"pads\",\"op\":\"Const\"", "\"name\":\"pads\",\"op\":\"Placeholder\"", "x: the graph's result depends on 2 inputs, and Graft reads networks of one image.")]
    [InlineData("plain", "\"size\":\"9\"},{\"size\":\"9\"},{\"size\":\"3\"}", "\"size\":\"9\"},{\"size\":\"9\"}", "x: the node 'image' of the operation 'Placeholder': it has 3 axes, and Graft reads networks of images: [batch, height, width, channels].")]
    [InlineData("plain", "\"dim\":[{\"size\":\"1\"},{\"size\":\"9\"}", "\"dim\":[{\"size\":\"7\"},{\"size\":\"9\"}", "x: the node 'image' of the operation 'Placeholder': its batch is 7; a free one, or one of 1, is read.")]
    [InlineData("plain", "\"dim\":[{\"size\":\"1\"},{\"size\":\"9\"}", "\"dim\":[{\"size\":\"1\"},{\"size\":\"99999\"}", "x: the node 'image' of the operation 'Placeholder': it has a side of 99999 pixels; it must be from 1 to 16384.")]
    [InlineData("plain", "\"input\":[\"two\",\"image\"]", "\"input\":[\"two\",\"one\"]", "x: the graph's result depends on 0 inputs, and Graft reads networks of one image.")]
    [InlineData("plain", "\"input\":[\"relu\",\"pads\"]", "\"input\":[\"relu\",\"norm\"]", "x: the node 'pad' of the operation 'Pad': its padding 'norm' depends on the image, and is known before in what Graft reads.")]
    [InlineData("plain", "\"input\":[\"relu\",\"pads\"]", "\"input\":[\"relu:1\",\"pads\"]", "x: the node 'pad' of the operation 'Pad': it takes 'relu:1', and only the first value of a node is read.")]
    [InlineData("plain", "\"input\":[\"relu\",\"pads\"]", "\"input\":[\"gone\",\"pads\"]", "x: the node 'pad' of the operation 'Pad': it takes 'gone', which is no node of the graph.")]
    [InlineData("plain", "\"input\":[\"relu\",\"pads\"]", "\"input\":[\"global\",\"pads\"]", "x: the node 'global' of the operation 'AvgPool': it takes what is computed of its own value, and graphs with loops are not read.")]
    [InlineData("plain", "\"is_training\":{\"b\":false}", "\"is_training\":{\"b\":true}", "x: the node 'norm' of the operation 'FusedBatchNormV3': it is in training mode. Convert the network for inference.")]
    [InlineData("plain", "\"epsilon\":{\"f\":0.001}", "\"epsilon\":{\"f\":0}", "x: the node 'norm' of the operation 'FusedBatchNormV3': its epsilon is 0; it must be positive.")]
    [InlineData("plain", "\"name\":\"zero\",\"shape\":[]", "\"name\":\"nil\",\"shape\":[]", "x: the node 'zero' of the operation 'Const': the manifest has no weight of its name.")]
    [InlineData("plain", "\"input\":[\"relu6\",\"pads\",\"zero\"]", "\"input\":[\"relu6\",\"pads\",\"one\"]", "x: the node 'pad2' of the operation 'PadV2': it pads with another number than 0.")]
    [InlineData("plain", "\"squeeze_dims\":{\"list\":{\"i\":[\"1\",\"2\"]}}", "\"squeeze_dims\":{\"list\":{\"i\":[\"0\"]}}", "x: the node 'squeezed' of the operation 'Squeeze': it takes the axes [0] off [1, 5], and Graft takes height and width off what was pooled to one pixel.")]
    [InlineData("gates", "\"input\":[\"stem\",\"h1/sixth\"]", "\"input\":[\"stem\",\"image\"]", "x: the node 'h1' of the operation 'Mul': it multiplies values of the extents [1, 4, 4, 4] and [1, 8, 8, 3], and Graft multiplies values of one shape, or an image by a factor for each of its channels.")]
    [InlineData("gates", "\"input\":[\"scaled\",\"less\"]", "\"input\":[\"scaled\",\"h2\"]", "x: the node 'shifted' of the operation 'Sub': Graft subtracts no value from another.")]
    [InlineData("gates", "\"input\":[\"shifted\",\"parts\"]", "\"input\":[\"parts\",\"shifted\"]", "x: the node 'divided' of the operation 'RealDiv': Graft does not divide by a value.")]
    [InlineData("gates", "\"input\":[\"scaled\",\"less\"]", "\"input\":[\"scaled\",\"stem/weights\"]", "x: the node 'shifted' of the operation 'Sub': its constant has the extents [3, 3, 3, 4]; one number, or one for each of 4 channels, is read.")]
    [InlineData("gates", "\"input\":[\"tall\",\"flat/shape\"]", "\"input\":[\"tall\",\"begin\"]", "x: the node 'flat' of the operation 'Reshape': it makes [0] of [1, 4], and Graft flattens only what was pooled to one pixel. Put a GlobalAveragePooling2D before it.")]
    [InlineData("gates", "\"input\":[\"flat\",\"hidden/weights\"]", "\"input\":[\"flat\",\"last/weights\"]", "x: the node 'hidden' of the operation 'MatMul': its weight has the extents [6, 3], and [6, 4] are needed.")]
    [InlineData("gates", "\"shrink_axis_mask\":{\"i\":\"1\"}", "\"shrink_axis_mask\":{\"i\":\"0\"}", "x: the node 'target' of the operation 'Pack': it joins more than single numbers, which is not read.", true)]
    [InlineData("fused", "\"name\":\"Identity:0\"", "\"name\":\"gone:0\"", "x: the output 'gone' is no node of the graph.")]
    [InlineData("fused", "group1-shard2of2.bin", "../group1-shard2of2.bin", "x: it names the file '../group1-shard2of2.bin'; only files beside it are read.")]
    [InlineData("fused", "group1-shard2of2.bin", "/etc/passwd", "x: it names the file '/etc/passwd'; only files beside it are read.")]
    [InlineData("fused", "group1-shard2of2.bin", "gone.bin", "x: the file 'gone.bin' is missing beside it.")]
    [InlineData("fused", "\"num_args\":{\"i\":\"1\"}", "\"num_args\":{\"i\":\"many\"}", null)]
    [InlineData("fused", "\"strides\":{\"list\":{\"i\":[\"1\",\"2\",\"2\",\"1\"]}}", "\"strides\":{\"list\":{\"i\":[\"1\",\"2\",\"1\",\"1\"]}}", "x: the node 'StatefulPartitionedCall/model/stem/Relu6' of the operation '_FusedConv2D': its strides is 2x1, and Graft's are square, from 1 to 4,096.")]
    [InlineData("fused", "\"strides\":{\"list\":{\"i\":[\"1\",\"2\",\"2\",\"1\"]}}", "\"strides\":{\"list\":{\"i\":[\"1\",\"x\",\"2\",\"1\"]}}", "x: model.modelTopology.node[3].attr.strides.list.i[1] must be a whole number of 32 bits, not 'x'.")]
    public void NamesTheNodeAndWhatIsWrong(string name, string original, string replacement, string? message, bool isTaken = false)
    {
        if (message is null || isTaken)
        {
            // What does not matter to the result is not looked at.
            Dictionary<string, byte[]> files = GraphModelTests.Files(name);
            files["model.json"] = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(files["model.json"]).Replace(original, replacement, StringComparison.Ordinal));
            Tfjs.Read(new MemoryFiles(files), "model.json");
            return;
        }

        Assert.Equal(message, Refused(name, json => json.Replace(original, replacement, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Relu6", "Elu", "'Elu' is fused to its end, and BiasAdd and one of Relu, Relu6 and Sigmoid are read there.")]
    [InlineData("BiasAdd", "FusedBatchNorm", "'FusedBatchNorm', 'Relu6' is fused to its end, and BiasAdd and one of Relu, Relu6 and Sigmoid are read there.")]
    [InlineData("NHWC", "NCHW", "its images are 'NCHW', and NHWC is read.")]
    [InlineData("SAME", "CIRCLE", "it pads by the rule 'CIRCLE', and SAME, VALID and EXPLICIT are read.")]
    [InlineData("SAME", "EXPLICIT", "it pads by []; only height and width are padded, by at most 4,096.")]
    public void TextsOfAttributesAreRead(string original, string replacement, string message) => Assert.Equal(
        $"x: the node 'StatefulPartitionedCall/model/stem/Relu6' of the operation '_FusedConv2D': {message}",
        Refused("fused", json => json.Replace(Text(original), Text(replacement), StringComparison.Ordinal)));

    [Fact]
    public void TextsMayBeNumbersOfLetters() => Assert.Equal(
        "x: the node 'StatefulPartitionedCall/model/stem/Relu6' of the operation '_FusedConv2D': its images are 'NC', and NHWC is read.",
        Refused("fused", json => json.Replace($"\"{Text("NHWC")}\"", "[78,67]", StringComparison.Ordinal)));

    [Fact]
    public void AGraphThatHasNoNodesIsDamaged()
    {
        Assert.Equal("x: the graph has no output.", Refused("plain", json => Nodes(json, nodes => nodes.Clear())));
        Assert.Equal("x: the node 'conv' of the operation 'Conv2D': another node has its name. The file is damaged.", Refused("plain", json => json.Replace("\"name\":\"relu6\",\"op\":\"Relu6\"", "\"name\":\"conv\",\"op\":\"Conv2D\"", StringComparison.Ordinal)));
    }

    /// <summary>Nodes come in any order, and long chains take no depth of the stack.</summary>
    [Fact]
    public void NodesMayComeInAnyOrderAndMany()
    {
        Dictionary<string, byte[]> files = GraphModelTests.Files("plain");
        string json = Encoding.UTF8.GetString(files["model.json"]);
        Model expected = Tfjs.Read(new MemoryFiles(files), "model.json").Model;
        files["model.json"] = Encoding.UTF8.GetBytes(Nodes(json, nodes =>
        {
            JsonNode[] all = [.. nodes.Select(node => node!.DeepClone())];
            nodes.Clear();
            foreach (JsonNode node in all.Reverse()) nodes.Add(node);
            AddChain(nodes, 19_000);
        }));
        Model read = Tfjs.Read(new MemoryFiles(files), "model.json").Model;
        Assert.Equal(expected.Network.Graph.Nodes.Select(node => (node.Name, node.Operation)).Order(), read.Network.Graph.Nodes.Select(node => (node.Name, node.Operation)).Order());
        Assert.Equal("x: model.modelTopology.node must have at most 20000 elements, not 20032.", Refused("plain", text => Nodes(text, nodes => AddChain(nodes, 20_000))));

        static void AddChain(JsonArray nodes, int count)
        {
            for (int i = 0; i < count; i++) nodes.Add(new JsonObject { ["name"] = $"chain{i}", ["op"] = "Identity", ["input"] = new JsonArray(i == 0 ? "squeezed" : $"chain{i - 1}") });
        }
    }

    /// <summary>One weight that many nodes take must not become many times its size.</summary>
    [Fact]
    public void AWeightThatIsTakenOverAndOverIsRefused()
    {
        string message = Refused("gates", json => Nodes(json, nodes =>
        {
            for (int i = 0; i < 15_000; i++)
            {
                JsonObject turned = new() { ["transpose_b"] = new JsonObject { ["b"] = i % 2 == 1 } };
                nodes.Add(new JsonObject { ["name"] = $"m{i}", ["op"] = "MatMul", ["input"] = new JsonArray(i == 0 ? "hidden/relu" : $"m{i - 1}", "hidden/weights"), ["attr"] = turned });
            }
        }));
        Assert.EndsWith("of the operation 'MatMul': the graph's nodes use its weights so often that they would take many times their size.", message, StringComparison.Ordinal);
    }

    private static string Nodes(string json, Action<JsonArray> change)
    {
        JsonNode root = JsonNode.Parse(json)!;
        change(root["modelTopology"]!["node"]!.AsArray());
        return root.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
