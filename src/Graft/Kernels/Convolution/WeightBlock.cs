using Graft.Memory;

namespace Graft.Kernels.Convolution;

/// <summary>
/// Memory for packed weights, handed out in the order of the calls. Packing in the order of execution puts what is needed next right behind
/// what is needed now, which is where kernels prefetch.
/// </summary>
/// <param name="floats">The size of a block; more blocks follow when it is full.</param>
internal sealed unsafe class WeightBlock(int floats)
{
    // Kept so that the memory behind the pointers lives as long as this object.
    private readonly List<HugeMemory> blocks = [];
    private int used, size;

    /// <summary>The number of blocks.</summary>
    public int Count => blocks.Count;

    /// <summary>What is taken from a block for a number of floats.</summary>
    public static long Taken(long count) => (count + 15) / 16 * 16;

    /// <summary>Zeros, at a multiple of 64 bytes.</summary>
    public float* Take(int count)
    {
        count = checked((int)Taken(count));
        if (used + count > size)
        {
            (used, size) = (0, Math.Max(floats, count));
            blocks.Add(new HugeMemory((nuint)size * sizeof(float)));
        }

        float* result = (float*)blocks[^1].Pointer + used;
        used += count;
        return result;
    }
}
