using Graft.Kernels.Quantization;
using Graft.Networks;
using Graft.Quantization;
using Graft.Tensors;

namespace Graft.Vision.Quantization;

/// <summary>The ranges of a network's values on calibration images: one look at them, in histograms that take the same memory however many images there are.</summary>
internal static class ActivationRanges
{
    // From one range that is tried to the next.
    private const double Step = 0.8;

    // What costs less than this part of the output's variance is left as it is.
    private const double Negligible = 1e-4;

    /// <summary>The grid of each of some values.</summary>
    /// <param name="network">The network.</param>
    /// <param name="values">The values.</param>
    /// <param name="images">The images that the ranges are taken from.</param>
    /// <param name="few">Those that the network's output is compared on.</param>
    /// <param name="options">The rule.</param>
    public static Dictionary<string, ByteGrid> Of(Network network, IReadOnlyList<string> values, CalibrationImages images, CalibrationImages few, QuantizerOptions options)
    {
        ValueHistogram[] histograms = [.. values.Select(_ => new ValueHistogram())];
        ParallelOptions parallel = options.Parallel();
        images.Run(network, values, seen => Parallel.For(0, values.Count, parallel, i => Add(histograms[i], values[i], seen)), "Taking ranges");
        ByteGrid[] grids = new ByteGrid[values.Count];
        Parallel.For(0, grids.Length, parallel, i => grids[i] = RangeSearch.Grid(histograms[i], options.Ranges));
        if (options.Ranges == RangeRule.Output)
        {
            OutputError error = new(network, few);
            for (int i = 0; i < grids.Length; i++)
            {
                grids[i] = LeastChange(network, values[i], grids[i], histograms[i], error);
                few.Report("Comparing ranges", i + 1, grids.Length);
            }
        }

        return values.Zip(grids).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    /// <summary>
    /// The grid with the least error of the network's output when this value alone is rounded, from a first one on. Few channels or places with values far beyond the others may matter less to what comes after than their squares do,
    /// and then the rest is better off with finer steps.
    /// </summary>
    private static ByteGrid LeastChange(Network network, string value, ByteGrid first, ValueHistogram seen, OutputError error)
    {
        (ByteGrid Grid, double Error) start = (first, ErrorOf(first));
        if (start.Error < Negligible) return first;
        (ByteGrid Grid, double Error) best = Walk(start, Step);
        return (best.Grid == first ? Walk(start, 1 / Step) : best).Grid;

        (ByteGrid Grid, double Error) Walk((ByteGrid Grid, double Error) best, double step)
        {
            for (double part = step; ; part *= step)
            {
                ByteGrid grid = ByteGrid.Over(Math.Max(seen.Low, part * first.Range.Low), Math.Min(seen.High, part * first.Range.High));
                if (grid == best.Grid) return best;
                double here = ErrorOf(grid);
                if (!(here < best.Error)) return best;
                best = (grid, here);
            }
        }

        double ErrorOf(ByteGrid grid) => error.Of(Quantize.Apply(network, new Dictionary<string, ByteGrid> { [value] = grid }, new Dictionary<string, Tensor>()));
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
