using System.Collections.Immutable;

namespace Graft.Inference;

/// <summary>Places buffers in one block of memory so that those alive at the same time do not overlap: largest first, each at the lowest address that is free.</summary>
internal static class ArenaLayout
{
    /// <summary>A buffer: its size, and the first and last step that need it.</summary>
    public readonly record struct Buffer(int Floats, int First, int Last);

    /// <summary>The offset of each buffer, a multiple of 16, and the size of the block.</summary>
    /// <exception cref="OverflowException">They do not fit into 2^31 numbers.</exception>
    public static (ImmutableArray<int> Offsets, int Floats) Place(IReadOnlyList<Buffer> buffers)
    {
        int[] offsets = new int[buffers.Count];
        List<int> placed = [];
        int total = 0;
        foreach (int index in Enumerable.Range(0, buffers.Count).OrderByDescending(i => buffers[i].Floats).ThenBy(i => i))
        {
            Buffer buffer = buffers[index];
            int offset = 0;
            foreach (int other in placed.Where(p => buffers[p].First <= buffer.Last && buffer.First <= buffers[p].Last).OrderBy(p => offsets[p]))
            {
                if (checked(offset + Size(buffer)) <= offsets[other]) break;
                offset = Math.Max(offset, offsets[other] + Size(buffers[other]));
            }

            offsets[index] = offset;
            placed.Add(index);
            total = Math.Max(total, checked(offset + Size(buffer)));
        }

        return ([.. offsets], total);
    }

    // Slack of one vector: kernels for whole vectors may read, never use, what lies behind a buffer.
    private static int Size(Buffer buffer) => checked(buffer.Floats + 31) / 16 * 16;
}
