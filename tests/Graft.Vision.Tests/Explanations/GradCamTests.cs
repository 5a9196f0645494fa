using System.Collections.Immutable;
using Graft.Activations;
using Graft.Inference;
using Graft.Models;
using Graft.Networks;
using Graft.Numerics;
using Graft.Operations;
using Graft.Operations.Normalization;
using Graft.Tensors;
using Graft.Vision.Explanations;
using Graft.Vision.Loading;

namespace Graft.Vision.Tests.Explanations;

public class GradCamTests
{
    private const int Side = 64, Classes = 4;

    private static Graph Trunk { get; } = MobileNetV2.Trunk(new TrunkOptions { Width = 0.35, Resolution = Side });

    private static RgbImage Image { get; } = TestImage.Make(90, 70, "smooth");

    [Fact]
    public void AfterAnAverageAndADenseLayerItIsTheClassActivationMap()
    {
        Model model = Classifier(Trunk.WithHead(Classes, dropout: 0));
        using GradCam explainer = new(model);
        IReadOnlyList<ActivationMap> maps = explainer.Explain(Image, 2, 0);

        (float[] features, int height, int width, int channels) = Features(model);
        ReadOnlySpan<float> weights = model.Network.Weights["classifier.weight"].Span;
        foreach (ActivationMap map in maps)
        {
            float[] expected = new float[height * width];
            for (int place = 0; place < expected.Length; place++)
            {
                double sum = 0;
                for (int k = 0; k < channels; k++) sum += (double)weights[(map.Class * channels) + k] * features[(place * channels) + k] / expected.Length;
                expected[place] = (float)Math.Max(0, sum);
            }

            Near(expected, map);
        }

        Assert.Equal([2, 0], maps.Select(m => m.Class));
        Assert.Contains(maps, m => m.Peak > 0);
    }

    [Fact]
    public void AHeadMayBeAnyFunctionOfTheMap()
    {
        // logits = dense2(silu(dense1(average)))
        GraphBuilder builder = new(Trunk);
        string hidden = builder.Add("hidden", new Dense(6), Trunk.Output(ClassifierHead.Features).Value);
        string bent = builder.Add("bent", new Activation(ActivationFunction.Silu), hidden);
        builder.Output(ClassifierHead.Logits, builder.Add("classifier", new Dense(Classes), bent));
        Model model = Classifier(builder.Build());
        using GradCam explainer = new(model);
        ActivationMap map = explainer.Explain(Image, 1)[0];

        (float[] features, int height, int width, int channels) = Features(model);
        int places = height * width;
        IReadOnlyDictionary<string, Tensor> weights = model.Network.Weights;
        double[] slope = new double[6];
        for (int j = 0; j < 6; j++)
        {
            double x = weights["hidden.bias"].Span[j];
            for (int k = 0; k < channels; k++)
            {
                double average = 0;
                for (int place = 0; place < places; place++) average += features[(place * channels) + k] / (double)places;
                x += weights["hidden.weight"].Span[(j * channels) + k] * average;
            }

            double sigmoid = 1 / (1 + Math.Exp(-x));
            slope[j] = weights["classifier.weight"].Span[6 + j] * (sigmoid + (x * sigmoid * (1 - sigmoid)));
        }

        float[] expected = new float[places];
        for (int place = 0; place < places; place++)
        {
            double sum = 0;
            for (int k = 0; k < channels; k++)
            {
                double weight = 0;
                for (int j = 0; j < 6; j++) weight += slope[j] * weights["hidden.weight"].Span[(j * channels) + k] / places;
                sum += weight * features[(place * channels) + k];
            }

            expected[place] = (float)Math.Max(0, sum);
        }

        Assert.True(expected.Max() > 0);
        Near(expected, map);
    }

    [Fact]
    public void TheWeightsOfTheChannelsAreDifferencesOfTheLogit()
    {
        // A head with a convolution and a norm after the pooling, and with two ways from the map.
        GraphBuilder builder = new("head");
        string map = builder.Add("map", new Conv2d(5, 3) { Stride = 16 }, builder.Input("image", Side, Side, 3));
        string pooled = builder.Add("pool", new Pool2d(PoolFunction.Average, 4), map);
        string normed = builder.Add("norm", new BatchNorm(), builder.Add("conv", new Conv2d(7, 1), pooled));
        string left = builder.Add("left", new GlobalAveragePool(), builder.Add("bend", new Activation(ActivationFunction.HardSwish), normed));
        string right = builder.Add("right", new Dense(7), builder.Add("average", new GlobalAveragePool(), map));
        builder.Output(ClassifierHead.Logits, builder.Add("classifier", new Dense(Classes), builder.Add("sum", new Add(), left, right)));
        SpatialCut cut = SpatialCut.Last(Network.Random(builder.Build(), seed: 5))!;
        Assert.Equal(["pool", "conv", "norm", "bend", "left", "average", "right", "sum", "classifier"], cut.Head.Graph.Nodes.Select(n => n.Name));

        (int places, int channels) = (cut.Shape[1] * cut.Shape[2], cut.Shape[3]);
        float[] values = [.. Enumerable.Range(0, places * channels).Select(i => (float)new Philox(9).Normal((ulong)i))];
        int[] asked = [3, 0, 1, 2, 3];
        using HeadGradient head = new(cut.Head, threads: 1);
        double[][] weights = head.ChannelWeights(values, asked);
        using InferenceSession session = InferencePlan.Compile(cut.Head).CreateSession();
        const float Step = 1f / 64;
        for (int k = 0; k < channels; k++)
        {
            float[] more = [.. values], less = [.. values], high = new float[Classes], low = new float[Classes];
            for (int i = k; i < values.Length; i += channels) (more[i], less[i]) = (values[i] + Step, values[i] - Step);
            session.Run(more, 1, high);
            session.Run(less, 1, low);
            for (int row = 0; row < asked.Length; row++)
            {
                double expected = (high[asked[row]] - low[asked[row]]) / (2 * Step * places);
                Assert.True(Math.Abs(expected) > 1e-4);
                Assert.Equal(expected, weights[row][k], (1e-3 * Math.Abs(expected)) + 1e-6);
            }
        }
    }

    [Fact]
    public void DropoutChangesNothing()
    {
        Model plain = Classifier(Trunk.WithHead(Classes, dropout: 0));
        Model dropping = plain with { Network = new Network(Trunk.WithHead(Classes, dropout: 0.5f), plain.Network.Weights) };
        using GradCam first = new(plain), second = new(dropping);
        Assert.Equal(first.Explain(Image, 3)[0].Values, second.Explain(Image, 3)[0].Values);
    }

    [Fact]
    public void TheLastMapBeforeThePoolingIsLookedAt()
    {
        using GradCam explainer = new(Classifier(Trunk.WithHead(Classes)));
        Assert.Equal(Trunk.Output("stride32").Value, explainer.Layer);
        ActivationMap map = explainer.Explain(Image, 0)[0];
        Assert.Equal((2, 2, 4), (map.Height, map.Width, map.Values.Length));
    }

    [Fact]
    public void AModelWithoutAnAnswerCannotBeExplained()
    {
        Model trunk = Classifier(Trunk);
        Assert.False(GradCam.Explains(trunk));
        Assert.True(GradCam.Explains(Classifier(Trunk.WithHead(Classes))));
        NetworkException error = Assert.Throws<NetworkException>(() => new GradCam(trunk));
        Assert.Equal(
            "Where a network looked can be shown if its output 'logits' is computed from one map of features; 'mobilenetv2_035' has no such map. Take a classifier that ends with a pooling.",
            error.Message);
    }

    [Fact]
    public void AnAnswerThatPassesEveryMapByCannotBeExplained()
    {
        // The sum of two branches, each with a map of its own: no single map decides.
        GraphBuilder builder = new("branches");
        string image = builder.Input("image", Side, Side, 3);
        string left = builder.Add("pool1", new GlobalAveragePool(), builder.Add("conv1", new Conv2d(8, 3) { Stride = 2 }, image));
        string right = builder.Add("pool2", new GlobalAveragePool(), builder.Add("conv2", new Conv2d(8, 3) { Stride = 2 }, image));
        builder.Output(ClassifierHead.Logits, builder.Add("classifier", new Dense(Classes), builder.Add("sum", new Add(), left, right)));
        Assert.False(GradCam.Explains(Classifier(builder.Build())));
    }

    [Fact]
    public void AClassMustExist()
    {
        using GradCam explainer = new(Classifier(Trunk.WithHead(Classes)));
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => explainer.Explain(Image, 4));
        Assert.StartsWith("The classes of this model are 0 to 3.", error.Message);
    }

    private static Model Classifier(Graph graph) => new(Network.Random(graph, seed: 11)) { Preprocessing = Preprocessing.Centered with { Resolution = Side } };

    /// <summary>The map before the pooling, from an ordinary plan of the whole network.</summary>
    private static (float[] Values, int Height, int Width, int Channels) Features(Model model)
    {
        ImagePreprocessor preprocessor = new(model.Preprocessing);
        float[] pixels = new float[preprocessor.Length];
        preprocessor.Apply(Image, pixels);
        InferencePlan plan = InferencePlan.Compile(model.Network, new InferenceOptions { Outputs = ["stride32"] });
        using InferenceSession session = plan.CreateSession();
        session.Run(pixels);
        Shape shape = plan.OutputShape("stride32");
        return (session.Output("stride32").ToArray(), shape[1], shape[2], shape[3]);
    }

    private static void Near(ReadOnlySpan<float> expected, ActivationMap map)
    {
        ImmutableArray<float> values = map.Values;
        Assert.Equal(expected.Length, values.Length);
        float largest = 0;
        foreach (float value in expected) largest = Math.Max(largest, value);
        for (int i = 0; i < values.Length; i++) Assert.Equal(expected[i], values[i], 2e-6f * largest);
    }
}
