using Graft.Models;
using Graft.Networks;
using Graft.Tensors;
using Graft.Training.Optimizers;
using static Graft.Testing.TestNumbers;

namespace Graft.Tests.Training.Optimizers;

public class WeightAverageTests
{
    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(1, 7, 0.75)]
    [InlineData(2, 14, 0.75)]
    [InlineData(1, 1_000_000_000, 0.99)]
    public void TheDecayRisesFromZeroToItsCap(double warmUp, long update, double expected) =>
        Assert.Equal(expected, new WeightAverageOptions { WarmUp = warmUp, LargestDecay = 0.99 }.Decay(update), 1e-12);

    [Fact]
    public void AnAverageIsThatOfItsFormula()
    {
        Dictionary<string, Tensor> tensors = new() { ["a"] = UniformTensor([3, 50], 1), ["b"] = UniformTensor([70000], 2) };
        WeightAverage average = new(tensors, new WeightAverageOptions { WarmUp = 3, LargestDecay = 0.5 });
        double[] expected = new double[150];
        for (int t = 0; t < 6; t++)
        {
            float[] values = Uniform(150, (uint)(10 + t));
            values.CopyTo(tensors["a"].Span);
            average.Update();
            double decay = Math.Min(1 - Math.Pow(1 + (t / 3.0), -2.0 / 3), 0.5);
            for (int i = 0; i < 150; i++) expected[i] = (decay * expected[i]) + ((1 - decay) * values[i]);
            if (t == 0) Assert.Equal(values, average.Averages["a"].Span.ToArray());
        }

        Assert.Equal(6, average.Updates);
        AssertClose([.. expected.Select(x => (float)x)], average.Averages["a"].Span, 3e-7);

        // What does not change keeps its bits, so the buffers of a frozen norm do.
        Assert.Equal(Uniform(70000, 2), average.Averages["b"].Span.ToArray());
    }

    [Fact]
    public void ARestoredAverageGoesOnWithTheSameBitsOnAnyNumberOfThreads()
    {
        Dictionary<string, Tensor> tensors = new() { ["a"] = new Tensor([100_001]) };
        WeightAverage whole = new(tensors, threads: 1), first = new(tensors, threads: 2), second = new(tensors, threads: 2);
        for (int t = 0; t < 6; t++)
        {
            Uniform(100_001, (uint)(10 + t)).CopyTo(tensors["a"].Span);
            whole.Update();
            (t < 3 ? first : second).Update();
            if (t == 2) second.Restore(first.Averages, first.Updates);
        }

        Assert.Equal(6, second.Updates);
        Assert.True(whole.Averages["a"].Span.SequenceEqual(second.Averages["a"].Span));
        Assert.False(whole.Averages["a"].Span.SequenceEqual(tensors["a"].Span));
    }

    [Fact]
    public void ANetworkOfAveragesHasThemInPlaceOfItsOwn()
    {
        Network network = Network.Random(MobileNetV2.Trunk(new TrunkOptions { Width = 0.35 }), 1);
        Tensor weight = new(network.Weights["conv_stem.weight"].Shape);
        weight.Span.Fill(3);
        WeightAverage average = new([new("conv_stem.weight", weight)]);
        Network averaged = average.ToNetwork(network);
        weight.Span.Fill(4);
        average.Update();
        Assert.Equal(-1, averaged.Weights["conv_stem.weight"].Span.IndexOfAnyExcept(3f));
        Assert.Same(network.Weights["bn1.weight"], averaged.Weights["bn1.weight"]);
        Assert.Equal(
            "Network 'mobilenetv2_035' has no weight 'other'.",
            Assert.Throws<NetworkException>(() => new WeightAverage([new("other", weight)]).ToNetwork(network)).Message);
    }

    [Fact]
    public void ErrorsStateTheRule()
    {
        Assert.Equal("The warm-up of an average is a finite number above zero, not 0.", Assert.Throws<GraftException>(() => new WeightAverageOptions { WarmUp = 0 }).Message);
        Assert.Equal(
            "The largest decay of an average is at least 0 and below 1, not 1.", Assert.Throws<GraftException>(() => new WeightAverageOptions { LargestDecay = 1 }).Message);
        WeightAverage average = new([new("a", new Tensor([2]))]);
        Assert.Equal(
            "The saved state of the average lacks 'a'. Restore what was saved with the same weights and options.",
            Assert.Throws<GraftException>(() => average.Restore(new Dictionary<string, Tensor>(), 1)).Message);
    }
}
