using Graft.Activations;
using Graft.Formats;
using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Operations;
using Graft.Quantization;
using Graft.Tensors;
using Graft.Vision.Folders;
using Graft.Vision.Quantization;
using Graft.Vision.Tests.FineTuning;

namespace Graft.Vision.Tests.Quantization;

/// <summary>What is taken from calibration images: ranges and means.</summary>
public sealed class CalibrationTests(SmallSet set) : IClassFixture<SmallSet>
{
    private static readonly QuantizerOptions Options = new() { Threads = 2 };

    [Fact]
    public void ARangeIsThatOfTheValuesThatCount()
    {
        (Network network, CalibrationImages images) = Channels(alike: false);
        ByteGrid nearest = ActivationRanges.Of(network, ["wide"], images, images, Options with { Ranges = RangeRule.Mse })["wide"], best = ActivationRanges.Of(network, ["wide"], images, images, Options)["wide"];
        Assert.InRange(nearest.Range.High, 20, 300);

        // Nothing reads the channel of large values.
        Assert.InRange(best.Range.High, 0.5f, 5);
        OutputError error = new(network, images);
        Assert.True(100 * ErrorOf(best) < ErrorOf(nearest), $"{ErrorOf(best)} {ErrorOf(nearest)}");

        double ErrorOf(ByteGrid grid) => error.Of(Quantize.Apply(network, new Dictionary<string, ByteGrid> { ["wide"] = grid }, new Dictionary<string, Tensor>()));
    }

    [Fact]
    public void ARangeStaysWhereAllValuesCount()
    {
        (Network network, CalibrationImages images) = Channels(alike: true);
        ByteGrid nearest = ActivationRanges.Of(network, ["wide"], images, images, Options with { Ranges = RangeRule.Mse })["wide"], best = ActivationRanges.Of(network, ["wide"], images, images, Options)["wide"];
        Assert.InRange(best.Range.High, 0.79 * nearest.Range.High, 1.26 * nearest.Range.High);
    }

    [Fact]
    public void AMeanIsNotThatOfAFewLargeNumbers()
    {
        Assert.Equal(0, BiasCorrection.Middle([]));
        Assert.Equal(2, BiasCorrection.Middle([2]));
        Assert.Equal(2.5, BiasCorrection.Middle([3, 1e6f, 2, -1]));
        Assert.Equal(4.5, BiasCorrection.Middle([.. Enumerable.Range(0, 10).Select(i => (float)i)]));
    }

    [Fact]
    public void ACeilingBehindAPoolingIsLookedAtInItsOwnPlace()
    {
        GraphBuilder builder = new("pooled");
        string value = builder.Add("first", new Conv2d(4, 3) { Stride = 2 }, builder.Input("image", 32, 32, 3));
        value = builder.Add("act", new Activation(ActivationFunction.Relu6), builder.Add("pool", new Pool2d(PoolFunction.Max, 2) { Stride = 2 }, value));
        builder.Output("features", builder.Add("mean", new GlobalAveragePool(), builder.Add("second", new Conv2d(4, 3), value)));
        Model model = BuiltinTrunks.Load() with { Labels = [], Network = Network.Random(builder.Build(), 1) };
        model = model with { Preprocessing = model.Preprocessing with { Resolution = 32 } };
        ImageItem[] items = [.. ImageFolder.Scan(set.Folder).Items.Take(8)];
        CalibratedNetwork calibrated = CalibratedNetwork.Of(model, items, Options with { FloatLayers = 0, Ranges = RangeRule.MinMax }, null, TestContext.Current.CancellationToken);
        Assert.NotEqual(model.Network.Weights["first.weight"].Span.ToArray(), calibrated.Float.Weights["first.weight"].Span.ToArray());

        // On these images the network stays the same.
        OutputError error = new(model.Network, new CalibrationImages(items, model, Options, null, TestContext.Current.CancellationToken));
        Assert.InRange(error.Of(calibrated.Float), 0, 1e-6);
    }

    /// <summary>A network whose second channel is a hundred times the first, read as much or not at all.</summary>
    private (Network Network, CalibrationImages Images) Channels(bool alike)
    {
        Model trunk = BuiltinTrunks.Load() with { Labels = [] };
        GraphBuilder builder = new("channels");
        string value = builder.Add("wide", new Conv2d(2, 1) { HasBias = true }, builder.Input("image", 32, 32, 3));
        builder.Output("features", builder.Add("read", new Dense(1), builder.Add("pool", new GlobalAveragePool(), builder.Add("again", new Conv2d(2, 1), value))));
        Network network = Network.Random(builder.Build(), 1).WithWeights(new Dictionary<string, Tensor>
        {
            ["wide.weight"] = new([2, 3, 1, 1], [1, 0, 0, alike ? 0 : 100, alike ? 1 : 0, 0]),
            ["again.weight"] = new([2, 2, 1, 1], [1, alike ? 1 : 0, 1, alike ? -1 : 0]),
        });
        Model model = trunk with { Network = network, Preprocessing = trunk.Preprocessing with { Resolution = 32 } };
        return (network, new CalibrationImages([.. ImageFolder.Scan(set.Folder).Items.Take(16)], model, Options, null, TestContext.Current.CancellationToken));
    }
}
