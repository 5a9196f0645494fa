using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Kernels;
using Graft.Simd;

namespace Graft.Bench;

/// <summary>The float32 multiply-adds that one core can do: sixteen independent chains in registers, nothing else.</summary>
internal static class PeakFlops
{
    private const int Loops = 2_000_000;

    public static int Run(Arguments arguments)
    {
        Console.WriteLine($"512 bits {Measure<Simd512<float>, Vector512<float>>(arguments.Number("rounds", 40)):0.0} GFLOP/s{(Vector512.IsHardwareAccelerated ? "" : " (not in hardware)")}");
        Console.WriteLine($"256 bits {Measure<Simd256<float>, Vector256<float>>(arguments.Number("rounds", 40)):0.0} GFLOP/s{(Vector256.IsHardwareAccelerated ? "" : " (not in hardware)")}");
        return 0;
    }

    /// <summary>The best of some rounds with the widest vectors, in GFLOP/s.</summary>
    public static double Widest(int rounds = 20) => Vector512.IsHardwareAccelerated
        ? Measure<Simd512<float>, Vector512<float>>(rounds)
        : Vector256.IsHardwareAccelerated ? Measure<Simd256<float>, Vector256<float>>(rounds) : Measure<Simd128<float>, Vector128<float>>(rounds);

    private static double Measure<TSimd, TVector>(int rounds)
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        double best = 0;
        for (int round = 0; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            float sum = Chains<TSimd, TVector>();
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            if (float.IsNaN(sum)) throw new InvalidOperationException("The chains must stay finite.");
            best = Math.Max(best, 2.0 * 12 * TSimd.Lanes * Loops / seconds / 1e9);
        }

        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static float Chains<TSimd, TVector>()
        where TSimd : struct, ISimd<TVector, float>
        where TVector : struct
    {
        TVector a = TSimd.Broadcast(0.5f), b = TSimd.Broadcast(1);
        TVector c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b, c8 = b, c9 = b, c10 = b, c11 = b;
        for (int i = 0; i < Loops; i++)
        {
            c0 = TSimd.MultiplyAdd(c0, a, b);
            c1 = TSimd.MultiplyAdd(c1, a, b);
            c2 = TSimd.MultiplyAdd(c2, a, b);
            c3 = TSimd.MultiplyAdd(c3, a, b);
            c4 = TSimd.MultiplyAdd(c4, a, b);
            c5 = TSimd.MultiplyAdd(c5, a, b);
            c6 = TSimd.MultiplyAdd(c6, a, b);
            c7 = TSimd.MultiplyAdd(c7, a, b);
            c8 = TSimd.MultiplyAdd(c8, a, b);
            c9 = TSimd.MultiplyAdd(c9, a, b);
            c10 = TSimd.MultiplyAdd(c10, a, b);
            c11 = TSimd.MultiplyAdd(c11, a, b);
        }

        TVector sum = TSimd.Add(TSimd.Add(TSimd.Add(c0, c1), TSimd.Add(c2, c3)), TSimd.Add(TSimd.Add(c4, c5), TSimd.Add(c6, c7)));
        return TSimd.Sum(TSimd.Add(sum, TSimd.Add(TSimd.Add(c8, c9), TSimd.Add(c10, c11))));
    }
}
