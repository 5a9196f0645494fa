using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Graft.Simd;

namespace Graft.Kernels.Assembled;

/// <summary>
/// Register tiles of machine code, assembled while the library was built: products of bfloat16 pairs with sums in float32, which processors have an instruction for and .NET has no name. They run where the processor
/// says that it has it, and <see cref="AssembledCode"/> may.
/// </summary>
internal static unsafe partial class AssembledTiles
{
    // CPUID leaf 7, part 1, eax.
    private const int BFloat16Bit = 5;

    private static readonly nint[] Tiles = AssembledCode.Load(AssembledCode.IsAllowed && HasInstruction(static (leaf, part) => X86Base.CpuId(leaf, part)), OperatingSystem.IsWindows() ? Windows : SystemV, OperatingSystem.IsWindows() ? WindowsEnds : SystemVEnds);

    /// <summary>Whether there are tiles for this process.</summary>
    public static bool IsSupported => Tiles.Length > 0;

    /// <summary>Whether a processor has products of bfloat16.</summary>
    /// <param name="describe">What CPUID answers to a leaf and a part of it: eax, ebx, ecx, edx.</param>
    public static bool HasInstruction(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> describe) =>
        describe(0, 0).Eax >= 7 && describe(7, 0).Eax >= 1 && ((describe(7, 1).Eax >> BFloat16Bit) & 1) != 0;

    /// <summary>Runs tiles of a number of rows and vectors down the rows of a product.</summary>
    /// <param name="rows">The rows of a tile, 1 to <see cref="MostRows"/>.</param>
    /// <param name="vectors">Its vectors of 16 sums, 1 or 2.</param>
    /// <param name="call">What to compute; it is used up.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Run(int rows, int vectors, TileCall* call) => ((delegate* unmanaged<TileCall*, void>)Tiles[((vectors - 1) * MostRows) + rows - 1])(call);

    /// <summary>Rounds rows and lays them out.</summary>
    /// <param name="call">What and where to; it is used up.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Round(RoundingCall* call)
    {
        int which = call->Columns == null ? 0 : call->Rows == null ? 1 : 2;
        ((delegate* unmanaged<RoundingCall*, void>)Tiles[(MostVectors * MostRows) + which])(call);
    }

    /// <summary>The code of a tile as it is called here, for those who read it.</summary>
    internal static ReadOnlySpan<byte> Code(int rows, int vectors, bool isWindows)
    {
        int index = ((vectors - 1) * MostRows) + rows - 1;
        ReadOnlySpan<int> ends = isWindows ? WindowsEnds : SystemVEnds;
        return (isWindows ? Windows : SystemV)[(index == 0 ? 0 : ends[index - 1])..ends[index]];
    }
}

/// <summary>A product for a tile: target[r, n] = (target[r, n] or 0) + sum over s of source[r, s] weights[s, n], where s is a pair. Strides are in bytes. The code knows the order of the fields.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TileCall
{
    /// <summary>The first row of pairs.</summary>
    public byte* Source;

    /// <summary>From one row to the next.</summary>
    public nint SourceStride;

    /// <summary>From one pair of a row to the next.</summary>
    public nint SourceStep;

    /// <summary>The pairs of the first step, for every column.</summary>
    public byte* Weights;

    /// <summary>From one step to the next.</summary>
    public nint WeightStep;

    /// <summary>The first row of sums.</summary>
    public float* Target;

    /// <summary>From one row of sums to the next.</summary>
    public nint TargetStride;

    /// <summary>The number of steps, at least 1.</summary>
    public nint Steps;

    /// <summary>The number of tiles one below the other, at least 1.</summary>
    public nint Tiles;

    /// <summary>1 where the target holds sums to add to, else 0.</summary>
    public nint Accumulates;

    /// <summary>What is fetched meanwhile.</summary>
    public byte* Ahead;

    /// <summary>How much farther a second range lies that is fetched, too.</summary>
    public nint Apart;

    /// <summary>How much of both at each step.</summary>
    public nint AheadStep;
}

/// <summary>Rows to be rounded, two at a time and 32 columns at a time. Strides are in bytes. The code knows the order of the fields.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RoundingCall
{
    /// <summary>The first row of float32.</summary>
    public float* Source;

    /// <summary>From one row to the next.</summary>
    public nint SourceStride;

    /// <summary>Receives the rows as bfloat16; null for not.</summary>
    public BFloat16* Columns;

    /// <summary>From one row of bfloat16 to the next.</summary>
    public nint ColumnsStride;

    /// <summary>Receives the pairs of two rows; null for not.</summary>
    public uint* Rows;

    /// <summary>From the pairs of two rows to those of the next two.</summary>
    public nint RowsStride;

    /// <summary>The groups of 32 columns, at least 1.</summary>
    public nint Groups;

    /// <summary>The pairs of rows, at least 1.</summary>
    public nint Pairs;
}
