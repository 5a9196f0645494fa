using System.Text.Json;
using Graft.Formats;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;

namespace Graft.Tests.Models;

/// <summary>The trunk that is shipped.</summary>
public class BuiltinTrunkTests(ITestOutputHelper output)
{
    private static readonly Model Trunk = BuiltinTrunks.Load();

    [Fact]
    public void ItIsAMobileNetV2035InOneSmallFile()
    {
        Graph graph = Trunk.Network.Graph;
        Assert.Equal("mobilenetv2_035", graph.Architecture);
        Assert.Equal(["stride2", "stride4", "stride8", "stride16", "stride32", "features"], graph.Outputs.Select(o => o.Name));
        Assert.Equal([1, 1280], graph.OutputShape("features").ToArray());
        Assert.Equal(410_208, graph.Parameters.Values.Sum(p => p.Shape.Count));
        Assert.Equal(Preprocessing.TeachableMachine with { Decoding = JpegDecoding.Scaled }, Trunk.Preprocessing);
        Assert.Equal("distill", Trunk.Provenance["mode"]);
        using Stream file = typeof(BuiltinTrunks).Assembly.GetManifestResourceStream("Graft.Models.builtin.graft")!;
        Assert.InRange(file.Length, 800_000, 1_100_000);
    }

    [Fact]
    public void ItsMatricesAreFloat16()
    {
        foreach ((string name, Tensor weight) in Trunk.Network.Weights)
        {
            Assert.All(weight.Span.ToArray(), value => Assert.True(float.IsFinite(value), name));
            if (weight.Shape.Rank > 1) Assert.All(weight.Span.ToArray(), value => Assert.Equal((float)(Half)value, value));
        }
    }

    /// <summary>
    /// Products of a vector with random signs have the vector's squared length as mean square: those of the teacher's arrays, which are not in this project, and those of the trunk's tell how far they lie apart.
    /// </summary>
    [Fact]
    public void NoneOfItsConvolutionsIsItsTeachers()
    {
        JsonElement sketch = Fixture.Json("Models", "teacher_sketch.json");
        Dictionary<string, double> distances = [];
        foreach (Node node in Trunk.Network.Graph.Nodes.Where(n => n.Operation is Conv2d))
        {
            JsonElement teacher = sketch.GetProperty($"{node.Name}.weight");
            float[] weight = Trunk.Network.Weight(node, "weight").Span.ToArray();
            double theirs = teacher.GetProperty("length").GetDouble(), ours = Math.Sqrt(weight.Sum(w => (double)w * w));

            // Of the two as unit vectors: a norm behind a convolution takes its scale away.
            double[] products = [.. teacher.GetProperty("products").EnumerateArray().Select((product, k) => (product.GetDouble() / theirs) - (Product(weight, k) / ours))];
            double distance = Math.Sqrt(products.Average(p => p * p));
            output.WriteLine($"{node.Name}: {distance:0.00}");
            distances.Add(node.Name, distance);
        }

        // What the last convolution takes and what it gives were both matched, so that it learned the one linear map between them: nearly the teacher's, apart from its scale.
        Assert.InRange(distances["conv_head"], 0.05, 0.2);
        distances.Remove("conv_head");
        Assert.All(distances, d => Assert.True(d.Value > 0.5, $"{d}"));
    }

    [Fact]
    public void ItsFeaturesAreThoseThatWereMeasured()
    {
        float[] image = [.. Enumerable.Range(0, 224 * 224 * 3).Select(i => MathF.Sin(i / 224 % 224 * 0.05f) * MathF.Cos(i % 224 * 0.03f))];
        float[] features = Features(Trunk, image);
        Assert.Equal(0.2501, features.Average(), 1e-3);
        Assert.Equal(5.99, features[235], 0.02);
        Assert.Equal(5.63, features[698], 0.02);
        Assert.Equal(0, features[0], 1e-3);
    }

    [Fact]
    public void TheLargeOneKnowsTheClassesOfImageNet()
    {
        Model large = BuiltinTrunks.Load("builtin-large");
        Graph graph = large.Network.Graph;
        Assert.Equal("mobilenetv2_100", graph.Architecture);
        Assert.Equal([1, 1280], graph.OutputShape("features").ToArray());
        Assert.Equal([1, 1000], graph.OutputShape("logits").ToArray());
        Assert.Equal(3_504_872, graph.Parameters.Values.Where(p => !p.IsBuffer).Sum(p => p.Shape.Count));
        Assert.Equal(1000, large.Labels.Distinct().Count());
        Assert.Equal(("tench", "goldfish", "daisy", "toilet tissue"), (large.Labels[0], large.Labels[1], large.Labels[985], large.Labels[999]));
        Assert.Equal((224, 0.875, Interpolation.Bilinear), (large.Preprocessing.Resolution, large.Preprocessing.CropFraction, large.Preprocessing.Interpolation));
        Assert.Equal(Preprocessing.ImageNet.Mean, large.Preprocessing.Mean);
        Assert.Equal("distill", large.Provenance["mode"]);
        Assert.All(large.Network.Weights.Values, weight => Assert.True(weight.Span.ToArray().All(float.IsFinite)));
        Assert.InRange(BuiltinTrunks.Bytes("builtin-large"), 3_000_000, 5_000_000);
    }

    [Fact]
    public void TheOneWithInstanceNormsHasThemInItsEarlyBlocks()
    {
        Model ibn = BuiltinTrunks.Load("builtin-ibn");
        Graph graph = ibn.Network.Graph;
        Assert.Equal("mobilenetv2_035_ibn_a", graph.Architecture);
        Assert.Equal([1, 1280], graph.OutputShape("features").ToArray());
        Assert.Equal(Trunk.Preprocessing, ibn.Preprocessing);
        Assert.Equal("distill", ibn.Provenance["mode"]);
        Assert.Contains(graph.Nodes, node => node.Operation is IbnNorm);
        Assert.InRange(BuiltinTrunks.Bytes("builtin-ibn"), 800_000, 1_000_000);

        // Its features of what is no photograph are like those of the plain one; of photographs they are 0.93.
        float[] image = [.. Enumerable.Range(0, 224 * 224 * 3).Select(i => MathF.Sin(i / 224 % 224 * 0.05f) * MathF.Cos(i % 224 * 0.03f))], theirs = Features(Trunk, image), own = Features(ibn, image);
        double cosine = theirs.Zip(own).Sum(pair => (double)pair.First * pair.Second) / Math.Sqrt(theirs.Sum(x => (double)x * x) * own.Sum(x => (double)x * x));
        Assert.Equal(0.711, cosine, 0.005);
    }

    private static float[] Features(Model model, float[] image)
    {
        using InferenceSession session = InferencePlan.Compile(model.Network).CreateSession();
        float[] features = new float[1280];
        session.Run(image, 1, features);
        return features;
    }

    private static double Product(float[] values, int k)
    {
        double sum = 0;
        for (int i = 0; i < values.Length; i++) sum += IsPositive(i, k) ? values[i] : -values[i];
        return sum;
    }

    // As in make_teacher_sketch.py.
    private static bool IsPositive(int i, int k)
    {
        uint h = unchecked((uint)((i * 2654435761L) + (k * 40503L) + 12345));
        for (int round = 0; round < 2; round++) h = unchecked((h ^ (h >> 15)) * 2246822519);
        return h >> 31 == 1;
    }
}
