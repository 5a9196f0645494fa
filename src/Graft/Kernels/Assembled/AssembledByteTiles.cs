using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Graft.Kernels.Quantization;

namespace Graft.Kernels.Assembled;

/// <summary>
/// Register tiles of machine code, assembled while the library was built: products of bytes with weights of eight bits over vectors of 512 bits (<c>vpdpbusd</c>), which .NET has for 256 bits and newer processors alone. They can be
/// taken away on the day when the project moves to a runtime that has them.
/// </summary>
internal static unsafe partial class AssembledByteTiles
{
    /// <summary>The sums of a vector.</summary>
    public const int Lanes = 16;

    // CPUID leaf 7, ecx.
    private const int VnniBit = 11;

    private static readonly nint[] Tiles = AssembledCode.Load(AssembledCode.IsAllowed && HasInstruction(static (leaf, part) => X86Base.CpuId(leaf, part)), OperatingSystem.IsWindows() ? Windows : SystemV, OperatingSystem.IsWindows() ? WindowsEnds : SystemVEnds);

    /// <summary>Whether there are tiles for this process.</summary>
    public static bool IsSupported => Tiles.Length > 0;

    /// <summary>Whether a processor has products of bytes over 512 bits.</summary>
    /// <param name="describe">What CPUID answers to a leaf and a part of it: eax, ebx, ecx, edx.</param>
    public static bool HasInstruction(Func<int, int, (int Eax, int Ebx, int Ecx, int Edx)> describe) => describe(0, 0).Eax >= 7 && ((describe(7, 0).Ecx >> VnniBit) & 1) != 0;

    /// <summary>Computes a product, tile by tile.</summary>
    /// <param name="end">What becomes of the sums.</param>
    /// <param name="vectors">The vectors of 16 outputs, 1 or 2.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="call">The rest.</param>
    public static void Multiply(ByteEnd end, int vectors, int rows, ByteCall call)
    {
        ReadOnlySpan<int> heights = Rows;
        int first = (((int)end * 2) + vectors - 1) * heights.Length;
        for (int i = 0; i < heights.Length && rows > 0; i++)
        {
            int tiles = rows / heights[i];
            if (tiles == 0) continue;
            call.Tiles = tiles;
            Call(Tiles[first + i], &call);
            call.Ahead += tiles * call.Steps * call.Segments * call.AheadStep;
            rows -= tiles * heights[i];
        }
    }

    /// <summary>Computes outputs of a row of a 3x3 depthwise convolution.</summary>
    /// <param name="end">What becomes of the sums: bytes, or nothing.</param>
    /// <param name="stride">The step between windows, 1 or 2.</param>
    /// <param name="vectors">The vectors of 16 channels, 1 or 2.</param>
    /// <param name="width">The number of outputs.</param>
    /// <param name="call">The rest.</param>
    public static void Convolve(ByteEnd end, int stride, int vectors, int width, ByteCall call)
    {
        ReadOnlySpan<int> widths = Outputs;
        int first = (4 * 2 * Rows.Length) + (((((end == ByteEnd.Sums ? 2 : 0) + stride - 1) * 2) + vectors - 1) * widths.Length);
        byte* source = call.Source, target = call.Target;
        if (width < widths[0])
        {
            call.Tiles = width;
            Call(Tiles[first + 1], &call);
            return;
        }

        call.Tiles = width / widths[0];
        Call(Tiles[first], &call);
        if (width % widths[0] == 0) return;

        // The last tile overlaps the one before it: the same bytes are written twice.
        int last = width - widths[0];
        call.Source = source + ((nint)last * stride * vectors * Lanes * sizeof(int));
        call.Target = target + (last * call.TargetStride);
        call.Tiles = 1;
        Call(Tiles[first], &call);
    }

    /// <summary>The code of a function, for those who read it.</summary>
    internal static ReadOnlySpan<byte> Code(int index, bool isWindows)
    {
        ReadOnlySpan<int> ends = isWindows ? WindowsEnds : SystemVEnds;
        return (isWindows ? Windows : SystemV)[(index == 0 ? 0 : ends[index - 1])..ends[index]];
    }

    /// <summary>The number of functions.</summary>
    internal static int Count => SystemVEnds.Length;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Call(nint tile, ByteCall* call) => ((delegate* unmanaged<ByteCall*, void>)tile)(call);
}
