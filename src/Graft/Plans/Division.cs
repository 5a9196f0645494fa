using System.Numerics;

namespace Graft.Plans;

/// <summary>
/// The division of work. A batch is divided into parts of whole images whose number follows from the batch alone, never from the threads, and what parts add up is added in one fixed binary tree
/// (<see cref="Kernels.Elementwise.PartialSumKernel"/>): results are the same bits on any number of threads.
/// </summary>
internal static class Division
{
    /// <summary>The most parts of a batch.</summary>
    public const int MostParts = 16;

    /// <summary>Into how many parts images are divided: a power of two, so that halves of the parts are halves of the images.</summary>
    /// <param name="images">The number of images.</param>
    /// <param name="most">The most parts.</param>
    public static int Parts(int images, int most = MostParts) => 1 << BitOperations.Log2((uint)Math.Max(1, Math.Min(images, most)));

    /// <summary>A share of a range.</summary>
    /// <param name="count">The size of the range.</param>
    /// <param name="part">Which share.</param>
    /// <param name="parts">The number of shares.</param>
    /// <param name="unit">What shares are multiples of, but for the last.</param>
    public static (int First, int End) Share(int count, int part, int parts, int unit = 1)
    {
        int units = (count + unit - 1) / unit;
        return ((int)((long)units * part / parts) * unit, Math.Min(count, (int)((long)units * (part + 1) / parts) * unit));
    }
}
