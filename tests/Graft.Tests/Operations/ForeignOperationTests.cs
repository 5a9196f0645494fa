using Graft.Activations;
using Graft.Formats;
using Graft.Inference;
using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Tensors;
using Graft.Tests.Training;
using Graft.Training;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Operations;

/// <summary>An operation of another assembly, <see cref="ScaledSum"/>, in every plan, in a summary and through a file.</summary>
public class ForeignOperationTests
{
    private static readonly Network Network = TestNetworks.WithTestWeights(Graph());

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void AnInferencePlanEqualsTheReference(int threads)
    {
        Tensor images = UniformTensor([3, 20, 18, 3], 7, 2);
        Tensor expected = ReferencePlan.Run(Network, new Dictionary<string, Tensor> { ["image"] = images })["features"];
        InferencePlan plan = InferencePlan.Compile(Network, new InferenceOptions { Threads = threads });
        using InferenceSession session = plan.CreateSession();
        float[] output = new float[expected.Shape.Count];
        session.Run(images.Span, 3, output);
        AssertClose(expected.Span, output, 1e-5);
        Assert.Equal(["conv", "act", "features"], plan.Steps.Select(step => step.Output));
    }

    [Fact]
    public void ItsValueIsWhatItsFormulaSays()
    {
        Tensor image = UniformTensor([1, 20, 18, 3], 7, 2);
        IReadOnlyDictionary<string, Tensor> values = ReferencePlan.Values(Network, new Dictionary<string, Tensor> { ["image"] = image });
        ReadOnlySpan<float> weight = Network.Weights["sum.weight"].Span, x = values["conv"].Span;
        for (int i = 0; i < x.Length; i++)
        {
            double sum = (weight[i % 7] * x[i]) + x[i];
            Assert.Equal(Math.Min(Math.Max(sum, 0), 6), values["act"].Span[i], 1e-5);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ATrainingPlanEqualsTheReference(bool recompute) =>
        Trainings.AssertEqualsReference(Network, new TrainingOptions { Batch = 5, InputGradient = true, Recompute = recompute }, 5);

    [Fact]
    public void TrainingGivesTheSameBitsOnAnyNumberOfThreads()
    {
        TrainingOptions options = new() { Batch = 5 };
        float[][] gradients = [.. new[] { 1, 2, 3, 5 }.Select(threads =>
        {
            using TrainingPlan plan = TrainingPlan.Compile(Network, options with { Threads = threads }).Run(options, 5);
            return plan.Weights.Single(weight => weight.Name == "sum.weight").Gradient.Span.ToArray();
        })];
        Assert.All(gradients, gradient => Assert.Equal(gradients[0], gradient));
    }

    [Fact]
    public void ASummaryCountsIt()
    {
        LayerSummary layer = new NetworkSummary(Network.Graph).Layers.Single(layer => layer.Name == "sum");
        Assert.Equal(("scaled sum", 7, 18 * 16 * 7), (layer.Operation, layer.Parameters, layer.MultiplyAdds));
    }

    [Fact]
    public void AFileHoldsIt()
    {
        using MemoryStream file = new();
        ModelFile.Save(new Model(Network), file);
        file.Position = 0;
        Network loaded = ModelFile.Load(file, "foreign").Network;
        Assert.Equal(Network.Graph.Nodes, loaded.Graph.Nodes);
        Assert.Equal(Network.Weights["sum.weight"].Span, loaded.Weights["sum.weight"].Span);
    }

    [Fact]
    public void PassesKeepIt() => Assert.IsType<ScaledSum>(Network.FoldNormalization().WithInputSize(30, 30).Truncate("features").Graph.Nodes.Single(node => node.Name == "sum").Operation);

    private static Graph Graph()
    {
        GraphBuilder builder = new("foreign");
        string x = builder.Add("conv", new Conv2d(7, 3) { HasBias = true }, builder.Input("image", 20, 18, 3));
        x = builder.Add("act", new Activation(ActivationFunction.Relu6), builder.Add("sum", new ScaledSum(), x, x));
        builder.Output("features", builder.Add("features", new GlobalAveragePool(), x));
        return builder.Build();
    }
}
