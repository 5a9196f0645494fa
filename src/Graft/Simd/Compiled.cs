using System.Runtime.CompilerServices;

namespace Graft.Simd;

/// <summary>How kernels are compiled.</summary>
internal static class Compiled
{
    /// <summary>
    /// At once with all optimizations, and as a method of its own: inlined into whoever calls it, an inner loop would get the registers that the caller leaves, and a place in the code by guesses about the caller, from run
    /// to run another one.
    /// </summary>
    public const MethodImplOptions Alone = MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining;
}
