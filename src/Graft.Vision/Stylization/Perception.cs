using Graft.Networks;
using Graft.Networks.Passes;
using Graft.Operations;
using Graft.Tensors;

namespace Graft.Vision.Stylization;

/// <summary>What looks at images in a perceptual loss, a trunk and random filters beside it, and how it is joined to what paints them.</summary>
internal static class Perception
{
    /// <summary>What the outputs begin with in a joined network.</summary>
    public const string Prefix = "trunk.";

    private const string NormalizePrefix = "loss.";

    /// <summary>The taps of a trunk, and the filters beside them, of square images.</summary>
    /// <exception cref="GraftException">The trunk has no activation at a stride.</exception>
    public static Network Of(Model trunk, int side, int filters)
    {
        Network taps = StyleTaps.Of(trunk, side);
        return filters == 0 ? taps : taps.Beside(FilterBank.Of(side, filters), "filters.");
    }

    /// <summary>A network whose image, of numbers from 0 to 1, goes on, normalized, into what looks at it.</summary>
    public static Network Join(Network painter, Network taps, Preprocessing preprocessing, int side)
    {
        GraphBuilder builder = new("normalize");
        builder.Output("normalized", builder.Add("normalize", new Conv2d(3, 1) { HasBias = true }, builder.Input("image", side, side, 3)));
        Tensor weight = new([3, 3, 1, 1]), bias = new([3]);
        for (int c = 0; c < 3; c++)
        {
            weight.Span[c * 4] = 1 / preprocessing.StandardDeviation[c];
            bias.Span[c] = -preprocessing.Mean[c] / preprocessing.StandardDeviation[c];
        }

        Network normalize = new(builder.Build(), new Dictionary<string, Tensor> { ["normalize.weight"] = weight, ["normalize.bias"] = bias });
        return painter.Then(normalize, NormalizePrefix).Then(taps, Prefix);
    }
}
