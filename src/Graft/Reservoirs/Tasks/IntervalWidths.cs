namespace Graft.Reservoirs.Tasks;

/// <summary>Half widths of prediction intervals from errors on data that was not fitted (split conformal prediction: Lei et al., Journal of the American Statistical Association 113, 2018).</summary>
internal static class IntervalWidths
{
    /// <summary>
    /// The size that the wanted part of errors stays within: the ceil((n + 1) coverage)-th least of n, which covers at least that part of what is exchangeable with them. Where n is too small for
    /// that, the greatest times what normal errors would need more.
    /// </summary>
    public static double Quantile(IReadOnlyCollection<double> errors, double coverage)
    {
        double[] sizes = [.. errors.Select(Math.Abs).Order()];
        if (sizes.Length == 0)
            return double.NaN;
        int rank = (int)Math.Ceiling((sizes.Length + 1) * coverage - 1e-9);
        return rank <= sizes.Length ? sizes[rank - 1] : sizes[^1] * Math.Sqrt((double)rank / sizes.Length);
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
