using Graft.Kernels.Quantization;

namespace Graft.Quantization;

/// <summary>Chooses the grid of a value from the histogram of what it was.</summary>
internal static class RangeSearch
{
    // The part of the values at each end that Percentile leaves outside.
    private const double Outside = 1e-4;

    // Ranges from a twentieth of the whole one up are tried.
    private const int Tried = 100, LeastTried = 5;

    /// <summary>The grid of a value by a rule.</summary>
    public static ByteGrid Grid(ValueHistogram values, RangeRule rule)
    {
        if (values.Low == 0 && values.High == 0) return ByteGrid.Over(0, 0);
        return rule switch
        {
            RangeRule.MinMax => ByteGrid.Over(values.Low, values.High),
            RangeRule.Percentile => Percentile(values),
            RangeRule.Entropy => Entropy(values),
            _ => LeastError(values),
        };
    }

    /// <summary>The mean squared error of a histogram's values on a grid, each being the middle of its bin.</summary>
    public static double Error(double[] middles, long[] counts, ByteGrid grid)
    {
        double sum = 0, scale = grid.Scale, low = grid.Range.Low, high = grid.Range.High;
        for (int i = 0; i < middles.Length; i++)
        {
            double x = middles[i], error = x < low ? low - x : x > high ? x - high : x - (scale * Math.Round(x / scale));
            sum += counts[i] * error * error;
        }

        return sum;
    }

    private static ByteGrid Percentile(ValueHistogram values)
    {
        (double[] middles, long[] counts) = values.Bins();
        double outside = Outside * values.Count;
        return ByteGrid.Over(End(Enumerable.Range(0, middles.Length), values.Low), End(Enumerable.Range(0, middles.Length).Reverse(), values.High));

        // From an end inwards, until more than the part that may lie outside is behind: the value there, or 0 if that comes first.
        double End(IEnumerable<int> inwards, double end)
        {
            long passed = 0;
            foreach (int i in inwards)
            {
                if (middles[i] * end <= 0) return 0;
                passed += counts[i];
                if (passed > outside) return Math.Abs(middles[i]) < Math.Abs(end) ? middles[i] : end;
            }

            return 0;
        }
    }

    // One end after the other, each where the error is least for the other's place, until neither moves.
    private static ByteGrid LeastError(ValueHistogram values)
    {
        (double[] middles, long[] counts) = values.Bins();
        int low = Tried, high = Tried;
        for (int round = 0; round < 4; round++)
        {
            (int lowBefore, int highBefore) = (low, high);
            if (values.High > 0) high = Best(place => Error(middles, counts, At(low, place)));
            if (values.Low < 0) low = Best(place => Error(middles, counts, At(place, high)));
            if ((low, high) == (lowBefore, highBefore)) break;
        }

        return At(low, high);

        ByteGrid At(int low, int high) => ByteGrid.Over(values.Low * (double)low / Tried, values.High * (double)high / Tried);
    }

    // Both ends come in at the same time: numbers beyond a threshold on either side of 0 are cut off.
    private static ByteGrid Entropy(ValueHistogram values)
    {
        (double[] middles, long[] counts) = values.Bins();
        double most = Math.Max(-(double)values.Low, values.High);
        return At(Best(place => Divergence(middles, counts, At(place))));

        ByteGrid At(int place) => ByteGrid.Over(Math.Max(values.Low, -most * place / Tried), Math.Min(values.High, most * place / Tried));
    }

    /// <summary>
    /// The divergence sum p log(p / q): p is the distribution of the values with what is cut off at the ends, q that of those within the range when each byte's are spread evenly over its bins that hold any.
    /// </summary>
    private static double Divergence(double[] middles, long[] counts, ByteGrid grid)
    {
        int first = 0, end = middles.Length;
        while (first < end && middles[first] < grid.Range.Low) first++;
        while (end > first && middles[end - 1] > grid.Range.High) end--;
        if (first == end) return double.PositiveInfinity;
        double[] sums = new double[ByteGrid.Most + 1];
        int[] bins = new int[ByteGrid.Most + 1];
        double total = 0, within = 0;
        foreach (long count in counts) total += count;
        for (int i = first; i < end; i++)
        {
            byte q = grid.Of((float)middles[i]);
            sums[q] += counts[i];
            bins[q]++;
            within += counts[i];
        }

        double below = counts.AsSpan(0, first).ToArray().Sum(), above = counts.AsSpan(end).ToArray().Sum(), divergence = 0;
        for (int i = first; i < end; i++)
        {
            byte q = grid.Of((float)middles[i]);
            double p = (counts[i] + (i == first ? below : 0) + (i == end - 1 ? above : 0)) / total;
            divergence += p * Math.Log(p / (sums[q] / bins[q] / within));
        }

        return divergence;
    }

    /// <summary>The place with the least error; of equal ones the widest range.</summary>
    private static int Best(Func<int, double> error)
    {
        int best = Tried;
        double least = double.PositiveInfinity;
        for (int place = Tried; place >= LeastTried; place--)
        {
            double here = error(place);
            if (here < least) (best, least) = (place, here);
        }

        return best;
    }
}
