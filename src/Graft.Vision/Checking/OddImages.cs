using Graft.Numerics;
using Graft.Threads;

namespace Graft.Vision.Checking;

/// <summary>Finds images that are like no others: outliers among a trunk's features, in their class and in all.</summary>
/// <remarks>
/// How far an image is from others is the mean distance to its nearest neighbours (Ramaswamy, Rastogi and Shim 2000; Angiulli and Pizzuti 2002), 1 less the cosine of features less their mean; copies of
/// it do not count. What is far is far from most others' distances, in deviations that outliers do not move (the median of the absolute deviations from the median).
/// </remarks>
internal static class OddImages
{
    private const int Neighbours = 5;

    // More would take long and tell no more: the neighbours of so many, taken at equal distances, are looked at.
    private const int MostOfAll = 4096, MostOfClass = 512;

    // A class with fewer images has no usual distance.
    private const int LeastOfClass = 10;

    private const int Block = 256;

    // A deviation is so many times the median of the absolute ones, for a normal distribution.
    private const double Deviation = 1.4826;

    /// <summary>How odd each image is: how many deviations farther from others than is usual, in its class or in all, whichever is less.</summary>
    /// <param name="features">The features of the images: <c>[images, length]</c>.</param>
    /// <param name="length">The number of features of an image.</param>
    /// <param name="labels">The class of each image.</param>
    /// <param name="groups">What each image belongs to: copies have one group.</param>
    /// <param name="threads">How many threads work; 0 is one for each processor.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static double[] Measure(ReadOnlySpan<float> features, int length, int[] labels, int[] groups, int threads, CancellationToken cancellation)
    {
        int images = labels.Length;
        float[] directions = Directions(features, length, images);
        WorkerPool pool = WorkerPool.Shared(threads);
        int[] all = [.. Enumerable.Range(0, images)];
        double[] odd = Unusual(Distances(directions, length, all, Sample(all, groups, MostOfAll), groups, pool, cancellation));
        foreach (IGrouping<int, int> group in all.GroupBy(i => labels[i]))
        {
            int[] members = [.. group];
            int[] sample = Sample(members, groups, MostOfClass);
            if (sample.Length < LeastOfClass)
            {
                foreach (int i in members) odd[i] = 0;
                continue;
            }

            double[] inClass = Unusual(Distances(directions, length, members, sample, groups, pool, cancellation));
            for (int i = 0; i < members.Length; i++) odd[members[i]] = Math.Min(odd[members[i]], inClass[i]);
        }

        return odd;
    }

    /// <summary>The features of each image less the mean of all, of length 1.</summary>
    private static float[] Directions(ReadOnlySpan<float> features, int length, int images)
    {
        double[] mean = new double[length];
        for (int i = 0; i < images; i++)
        {
            ReadOnlySpan<float> row = features.Slice(i * length, length);
            for (int k = 0; k < length; k++) mean[k] += row[k];
        }

        for (int k = 0; k < length; k++) mean[k] /= Math.Max(1, images);
        float[] directions = new float[(long)images * length];
        for (int i = 0; i < images; i++)
        {
            ReadOnlySpan<float> row = features.Slice(i * length, length);
            Span<float> to = directions.AsSpan(i * length, length);
            double squares = 0;
            for (int k = 0; k < length; k++)
            {
                double value = row[k] - mean[k];
                squares += value * value;
            }

            double scale = squares > 0 ? 1 / Math.Sqrt(squares) : 0;
            for (int k = 0; k < length; k++) to[k] = (float)((row[k] - mean[k]) * scale);
        }

        return directions;
    }

    /// <summary>One image of each group, at equal distances if there are too many.</summary>
    private static int[] Sample(int[] images, int[] groups, int most)
    {
        int[] different = [.. images.DistinctBy(i => groups[i])];
        return different.Length <= most ? different : [.. Enumerable.Range(0, most).Select(i => different[(int)((long)i * different.Length / most)])];
    }

    private static double[] Distances(float[] directions, int length, int[] images, int[] sample, int[] groups, WorkerPool pool, CancellationToken cancellation)
    {
        double[] distances = new double[images.Length];
        float[] others = new float[sample.Length * length];
        for (int i = 0; i < sample.Length; i++) directions.AsSpan(sample[i] * length, length).CopyTo(others.AsSpan(i * length));
        Operand<float> right = new Operand<float>(others, sample.Length, length, length, 1).Transposed;
        float[] rows = new float[Block * length];
        for (int first = 0; first < images.Length; first += Block)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = Math.Min(Block, images.Length - first), start = first;
            for (int i = 0; i < count; i++) directions.AsSpan(images[first + i] * length, length).CopyTo(rows.AsSpan(i * length));
            Matrix products = new(count, sample.Length);
            Gemm.Accumulate(1, new Operand<float>(rows, count, length, length, 1), right, products.Target, pool);
            pool.Run(count, i =>
            {
                Span<double> nearest = stackalloc double[Neighbours];
                nearest.Fill(double.NegativeInfinity);
                ReadOnlySpan<double> row = products.Row(i);
                int found = 0;
                for (int j = 0; j < row.Length; j++)
                {
                    if (groups[sample[j]] == groups[images[start + i]]) continue;
                    found++;
                    if (row[j] <= nearest[^1]) continue;
                    int at = Neighbours - 1;
                    for (; at > 0 && row[j] > nearest[at - 1]; at--) nearest[at] = nearest[at - 1];
                    nearest[at] = row[j];
                }

                double sum = 0;
                for (int j = 0; j < Math.Min(found, Neighbours); j++) sum += 1 - nearest[j];
                distances[start + i] = found == 0 ? 0 : sum / Math.Min(found, Neighbours);
            });
        }

        return distances;
    }

    private static double[] Unusual(double[] distances)
    {
        double median = Median(distances);
        double deviation = Deviation * Median([.. distances.Select(d => Math.Abs(d - median))]);
        return [.. distances.Select(d => deviation > 0 ? (d - median) / deviation : 0)];
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
