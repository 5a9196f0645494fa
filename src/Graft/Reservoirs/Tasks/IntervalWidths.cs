using Graft.Numerics;

namespace Graft.Reservoirs.Tasks;

/// <summary>Half widths of prediction intervals from errors on data that was not fitted (split conformal prediction: Lei et al., Journal of the American Statistical Association 113, 2018).</summary>
internal static class IntervalWidths
{
    /// <summary>
    /// The size that the wanted part of errors stays within: the ceil((n + 1) coverage)-th least of n, which covers at least that part of what is exchangeable with them. Where n is too small for
    /// that, the greatest times what normal errors would need more.
    /// </summary>
    /// <param name="errors">The errors.</param>
    /// <param name="coverage">The wanted part.</param>
    /// <param name="effective">n, where fewer errors than there are say something of their own; null: all do.</param>
    public static double Quantile(IReadOnlyCollection<double> errors, double coverage, double? effective = null)
    {
        double[] sizes = [.. errors.Select(Math.Abs).Order()];
        if (sizes.Length == 0) return double.NaN;
        double count = effective ?? sizes.Length, rank = Math.Ceiling(((count + 1) * coverage) - 1e-9);
        return rank <= count ? sizes[(int)Math.Ceiling((rank * sizes.Length / count) - 1e-9) - 1] : sizes[^1] * Math.Sqrt(rank / count);
    }

    /// <summary>
    /// How many of errors that follow each other say something of their own, as of an autoregressive process: n (1 - r) / (1 + r), r the correlation of neighbours about 0, so that errors that are all off
    /// to one side count as one (Bayley and Hammersley, Supplement to the Journal of the Royal Statistical Society 8, 1946). Forecasts many steps ahead of neighbouring rows err alike.
    /// </summary>
    public static double Effective(IReadOnlyList<double> errors)
    {
        if (errors.Count < 2) return errors.Count;
        double unit = ScaledSquares.Unit([.. errors]), both = 0, squares = 0;
        for (int i = 0; i < errors.Count; i++)
        {
            squares += errors[i] / unit * (errors[i] / unit);
            both += i == 0 ? 0 : errors[i] / unit * (errors[i - 1] / unit);
        }

        double r = squares > 0 ? Math.Clamp(both / squares, 0, 1) : 0;
        return Math.Max(1, errors.Count * (1 - r) / (1 + r));
    }

    /// <summary>Widths by the step ahead, made not to fall: neighbours that do are averaged (pool adjacent violators), and a step without errors takes the width before.</summary>
    public static double[] Rising(IReadOnlyList<double> widths)
    {
        List<(double Width, int Count)> blocks = [];
        foreach (double width in widths)
        {
            (double Width, int Count) block = (double.IsNaN(width) ? blocks.Count == 0 ? 0 : blocks[^1].Width : width, 1);
            while (blocks.Count > 0 && blocks[^1].Width > block.Width)
            {
                (double before, int count) = blocks[^1];
                blocks.RemoveAt(blocks.Count - 1);
                block = (((before * count) + (block.Width * block.Count)) / (count + block.Count), count + block.Count);
            }

            blocks.Add(block);
        }

        return [.. blocks.SelectMany(block => Enumerable.Repeat(block.Width, block.Count))];
    }
}
