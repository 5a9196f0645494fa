using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Graft.Memory;

namespace Graft.Kernels.Assembled;

/// <summary>Machine code that was assembled while the library was built, for what processors have instructions for and .NET has no name; <c>GRAFT_ASSEMBLED=0</c> in the environment turns it off.</summary>
internal static unsafe class AssembledCode
{
    private const string Switch = "GRAFT_ASSEMBLED";

    /// <summary>Whether code for vectors of 512 bits may run at all: the processor is one of x64, the system saves the registers, and nobody turned it off.</summary>
    public static bool IsAllowed => IsUsable(Environment.GetEnvironmentVariable(Switch), Avx512BW.IsSupported && RuntimeInformation.ProcessArchitecture == Architecture.X64);

    /// <summary>The same, of any machine.</summary>
    /// <param name="environment">The value of the switch, or null.</param>
    /// <param name="savesVectors">Whether the system saves vectors of 512 bits, and the processor has them.</param>
    public static bool IsUsable(string? environment, bool savesVectors) => environment != "0" && savesVectors;

    /// <summary>Puts functions where they can run.</summary>
    /// <param name="isUsable">Whether they may.</param>
    /// <param name="code">One behind the other, as they are called on Windows and elsewhere.</param>
    /// <param name="ends">Where each ends.</param>
    /// <returns>Their addresses; none where they may not run, or the system refuses pages with code.</returns>
    public static nint[] Load(bool isUsable, ReadOnlySpan<byte> code, ReadOnlySpan<int> ends)
    {
        byte* start = isUsable ? ExecutableMemory.Hold(code) : null;
        if (start == null) return [];
        nint[] functions = new nint[ends.Length];
        for (int i = 0; i < functions.Length; i++) functions[i] = (nint)(start + (i == 0 ? 0 : ends[i - 1]));
        return functions;
    }
}
