using System.Text.Json;
using Graft.Activations;
using Graft.Inference;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Onnx.Tests.Reading;

/// <summary>Files that torch.onnx.export wrote, against what PyTorch computes in float64.</summary>
public class PyTorchFilesTests
{
    [Theory]
    [InlineData("mobilenet_v2")]
    [InlineData("mobilenet_v2_unfolded")]
    [InlineData("mobilenet_v3")]
    [InlineData("mobilenet_v3_opset11")]
    [InlineData("mobilenet_v3_squeeze")]
    [InlineData("resnet_basic")]
    [InlineData("resnet_bottleneck")]
    [InlineData("mixed")]
    public void ANetworkGivesPyTorchsNumbers(string name)
    {
        JsonElement reference = Fixture.Json("Reading", "reference.json").GetProperty(name);
        OnnxImport import = OnnxImporter.Import(Fixture.Path("Reading", $"{name}.onnx"));
        Tensor image = TestNumbers.UniformTensor([.. reference.GetProperty("shape").Integers()], 5, 2);
        if (name == "mixed")
        {
            // The network subtracts and divides first, which is the model's preprocessing now.
            Preprocessing own = import.Model.Preprocessing;
            Assert.Equal([0.25f, 0.25f, 0.25f], own.Mean);
            TestNumbers.AssertClose([0.5f, 0.25f, 0.75f], [.. own.StandardDeviation], 1e-6);
            for (int i = 0; i < image.Span.Length; i++) image.Span[i] = (image.Span[i] - own.Mean[i % 3]) / own.StandardDeviation[i % 3];
        }

        Tensor logits = OnnxFile.Reference(import.Model, image)["logits"];
        float[] actual = logits.Span.ToArray();
        if (name == "mixed")
        {
            foreach (int row in (int[])[0, 1])
            {
                double sum = actual.Skip(row * 4).Take(4).Sum(x => Math.Exp(x));
                for (int c = 0; c < 4; c++) actual[(row * 4) + c] = (float)(Math.Exp(actual[(row * 4) + c]) / sum);
            }
        }

        float[] expected = reference.GetProperty("output").Floats();
        Assert.True(expected.Max() - expected.Min() > 0.1, "Outputs that hardly vary prove little.");
        TestNumbers.AssertClose(expected, actual, 1e-4, name);
        Assert.Equal("pytorch 1.13.0", import.Report.Producer);
        Assert.Equal("pytorch 1.13.0", import.Model.Provenance["producer"]);
        Assert.Equal(name != "mixed", import.Report.AssumesPreprocessing);
        Assert.Empty(import.Report.Unused);
    }

    [Fact]
    public void WeightsKeepTheirNamesAndNormsTheirOwnWeights()
    {
        // PyTorch writes equal arrays once and names the others' copies by nodes of type Identity.
        Graph graph = OnnxImporter.Import(Fixture.Path("Reading", "mobilenet_v2_unfolded.onnx")).Model.Network.Graph;
        Assert.Equal(10, graph.Nodes.Count(node => node.Operation is BatchNorm));
        Assert.Contains("features.1.conv.0.1.running_var", graph.Parameters.Keys);
        Assert.Contains("classifier.1.weight", graph.Parameters.Keys);
        Assert.Equal(graph.Nodes.Length, graph.Nodes.Select(node => node.Scope).Distinct().Count());
        Assert.Equal(["features", "logits"], graph.Outputs.Select(output => output.Name));
    }

    [Fact]
    public void GatesAreFoundInOlderFiles()
    {
        static int Count(string file) => OnnxImporter.Import(Fixture.Path("Reading", file)).Model.Network.Graph.Nodes
            .Count(node => node.Operation.Elementwise == ActivationFunction.HardSwish);

        Assert.Equal(7, Count("mobilenet_v3.onnx"));
        Assert.Equal(7, Count("mobilenet_v3_opset11.onnx"));
    }

    /// <summary>The blocks of torchvision, of timm and of the paper, and a product of two images.</summary>
    [Fact]
    public void SqueezeAndExcitationGivesPyTorchsNumbers()
    {
        JsonElement reference = Fixture.Json("Reading", "squeeze.json");
        OnnxImport import = OnnxImporter.Import(Fixture.Path("Reading", "squeeze.onnx"));
        Graph graph = import.Model.Network.Graph;
        Assert.Equal(4, graph.Nodes.Count(node => node.Operation is Multiply));
        Assert.Equal(6, graph.Nodes.Count(node => node.Operation is Dense));
        Assert.Empty(import.Report.Unused);

        Tensor image = TestNumbers.UniformTensor([.. reference.GetProperty("shape").Integers()], 5, 2);
        Tensor output = OnnxFile.Reference(import.Model, image)["output"];
        Assert.Equal(Shape.Create(reference.GetProperty("output_shape").Integers()), output.Shape);
        float[] expected = reference.GetProperty("output").Floats();
        TestNumbers.AssertClose(expected, output.Span, 1e-5);
        using InferenceSession session = InferencePlan.Compile(import.Model.Network).CreateSession();
        float[] values = new float[expected.Length];
        session.Run(image.Span, image.Shape[0], values);
        TestNumbers.AssertClose(expected, values, 1e-5);
    }
}
