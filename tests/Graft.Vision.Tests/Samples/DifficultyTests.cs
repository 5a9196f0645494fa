using Graft.Numerics;
using Graft.Vision.Samples;
using SkiaSharp;

namespace Graft.Vision.Tests.Samples;

/// <summary>Colour alone must hint at the kind and not decide it, or the sample set would show nothing about a network.</summary>
public class DifficultyTests
{
    private const int PerClass = 60, Classes = 5, Bins = 512;

    [Fact]
    public void ColourHistogramsAreAHintAndNoMore()
    {
        int count = PerClass * Classes;
        var features = new double[count][];
        Parallel.For(0, count, i => features[i] = Histogram((FlowerKind)(i % Classes), i / Classes));
        int[] order = [.. Enumerable.Range(0, count)];
        double right = 0;
        const int Splits = 3;
        for (int split = 0; split < Splits; split++)
        {
            new Philox(99, (ulong)split).Shuffle<int>(order);
            int[] train = order[..(count * 4 / 5)], held = order[(count * 4 / 5)..];
            double best = new[] { 0.01, 0.1, 1.0 }.Max(penalty => Accuracy(features, train, held, penalty));
            right += best / Splits;
        }

        // Chance is 0.2. The best of three penalties on the held-out part flatters the histogram, which makes the bound stricter.
        Assert.InRange(right, 0.25, 0.6);
    }

    /// <summary>Square roots of the shares of 8 x 8 x 8 bins of colour, so that a dot product compares distributions.</summary>
    private static double[] Histogram(FlowerKind kind, int index)
    {
        using SKBitmap bitmap = SampleFlowers.Draw(kind, 1, index, 96);
        ReadOnlySpan<byte> pixels = bitmap.GetPixelSpan();
        var bins = new double[Bins];
        for (int i = 0; i < pixels.Length; i += 4)
            bins[(pixels[i] >> 5) * 64 + (pixels[i + 1] >> 5) * 8 + (pixels[i + 2] >> 5)] += 4.0 / pixels.Length;
        return [.. bins.Select(Math.Sqrt)];
    }

    /// <summary>Kernel ridge with a linear kernel and a constant: (K + penalty I) a = Y, targets 1 for the class and -1 for the others.</summary>
    private static double Accuracy(double[][] features, int[] train, int[] held, double penalty)
    {
        int n = train.Length;
        var system = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
                system[i, j] = system[j, i] = Kernel(features[train[i]], features[train[j]]) + (i == j ? penalty : 0);
        }

        Factor(system);
        var scores = new double[held.Length, Classes];
        for (int label = 0; label < Classes; label++)
        {
            double[] weights = Solve(system, [.. train.Select(i => i % Classes == label ? 1.0 : -1.0)]);
            for (int h = 0; h < held.Length; h++)
            {
                for (int i = 0; i < n; i++)
                    scores[h, label] += weights[i] * Kernel(features[held[h]], features[train[i]]);
            }
        }

        int right = Enumerable.Range(0, held.Length).Count(h => Enumerable.Range(0, Classes).MaxBy(label => scores[h, label]) == held[h] % Classes);
        return (double)right / held.Length;
    }

    private static double Kernel(double[] a, double[] b)
    {
        double sum = 1;
        for (int i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static void Factor(double[,] a)
    {
        for (int j = 0; j < a.GetLength(0); j++)
        {
            for (int i = j; i < a.GetLength(0); i++)
            {
                double sum = a[i, j];
                for (int k = 0; k < j; k++)
                    sum -= a[i, k] * a[j, k];
                a[i, j] = i == j ? Math.Sqrt(sum) : sum / a[j, j];
            }
        }
    }

    private static double[] Solve(double[,] factor, double[] right)
    {
        int n = right.Length;
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < i; k++)
                right[i] -= factor[i, k] * right[k];
            right[i] /= factor[i, i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
                right[i] -= factor[k, i] * right[k];
            right[i] /= factor[i, i];
        }

        return right;
    }
}
