using Graft.Activations;
using System.Text.Json;
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
    [InlineData("resnet_basic")]
    [InlineData("resnet_bottleneck")]
    [InlineData("mixed")]
    public void ANetworkGivesPyTorchsNumbers(string name)
    {
        JsonElement reference = Fixture.Json("Reading", "reference.json").GetProperty(name);
        OnnxImport import = OnnxImporter.Import(Fixture.Path("Reading", $"{name}.onnx"));
        Tensor image = TestNumbers.UniformTensor([.. reference.GetProperty("shape").Integers()], 5, 2);
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
        Assert.True(import.Report.AssumesPreprocessing);
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

    [Fact]
    public void SqueezeAndExcitationIsRefusedByName()
    {
        string path = Fixture.Path("Reading", "mobilenet_v3_squeeze.onnx");
        Assert.Equal(
            $"{path}: ONNX node '/features/features.1/block/block.1/Mul' of type 'Mul' cannot be imported: Graft multiplies, subtracts and divides no two values: "
            + "gates (squeeze and excitation) are not read yet, only x times its own sigmoid or hard sigmoid.",
            Assert.Throws<OnnxException>(() => OnnxImporter.Import(path)).Message);
    }
}
