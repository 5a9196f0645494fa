using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Quantization;

namespace Graft.Vision.Quantization;

/// <summary>The ranges of a network's values on calibration images: one look at them, in histograms that take the same memory however many images there are.</summary>
internal static class ActivationRanges
{
    /// <summary>The grid of each of some values.</summary>
    public static Dictionary<string, ByteGrid> Of(Network network, IReadOnlyList<string> values, CalibrationImages images, QuantizerOptions options)
    {
        ValueHistogram[] histograms = [.. values.Select(_ => new ValueHistogram())];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = options.Threads == 0 ? Environment.ProcessorCount : options.Threads };
        images.Run(network, values, seen => Parallel.For(0, values.Count, parallel, i => Add(histograms[i], values[i], seen)), "Taking ranges");
        ByteGrid[] grids = new ByteGrid[values.Count];
        Parallel.For(0, grids.Length, parallel, i => grids[i] = RangeSearch.Grid(histograms[i], options.Ranges));
        return values.Zip(grids).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    private static void Add(ValueHistogram histogram, string value, CalibrationImages.Seen seen)
    {
        try
        {
            histogram.Add(seen[value]);
        }
        catch (ArgumentException)
        {
            throw new GraftException($"The value '{value}' of the network is not a number on one of the images: bytes stand for finite numbers. Check the model: graft evaluate.");
        }
    }
}
