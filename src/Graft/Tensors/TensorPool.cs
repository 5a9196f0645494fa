using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Graft.Tensors;

/// <summary>Keeps the pinned arrays of disposed tensors for reuse, a bounded number for each power of two of lengths.</summary>
internal static unsafe class TensorPool
{
    private const int Alignment = 64;
    private const int Slack = Alignment / sizeof(float);
    private const int KeptPerBucket = 8;

    // Larger arrays go to the garbage collector: keeping them would hold memory that nobody may ask for again.
    private const int LongestKept = 1 << 24;

    private static readonly ConcurrentQueue<float[]>[] Buckets = [.. Enumerable.Range(0, 32).Select(_ => new ConcurrentQueue<float[]>())];

    /// <summary>An array on the pinned object heap with room for <paramref name="length"/> aligned elements.</summary>
    public static float[] Rent(int length, bool zeroed)
    {
        if (length <= LongestKept)
        {
            int rounded = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(length, Slack));
            if (Buckets[BitOperations.Log2((uint)rounded)].TryDequeue(out float[]? kept))
            {
                if (zeroed) Array.Clear(kept);
                return kept;
            }

            length = rounded;
        }

        int total = length + Slack;
        return zeroed
            ? GC.AllocateArray<float>(total, pinned: true)
            : GC.AllocateUninitializedArray<float>(total, pinned: true);
    }

    /// <summary>Takes an array that <see cref="Rent"/> gave out.</summary>
    public static void Return(float[] array)
    {
        int length = array.Length - Slack;
        if (length > LongestKept) return;
        ConcurrentQueue<float[]> bucket = Buckets[BitOperations.Log2((uint)length)];
        if (bucket.Count < KeptPerBucket) bucket.Enqueue(array);
    }

    /// <summary>The index of the first element on a 64-byte boundary.</summary>
    public static int AlignedOffset(float[] array)
    {
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        nuint misalignment = address % Alignment;
        return misalignment == 0 ? 0 : (int)((Alignment - misalignment) / sizeof(float));
    }
}
