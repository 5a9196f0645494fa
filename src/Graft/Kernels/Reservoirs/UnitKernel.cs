using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels.Reservoirs;

/// <summary>
/// What units do to the sums that they read: x' = (1 - a) r + a tanh(s), or (1 - a) r + a s; s the sums, r the states before (or those after a rotation), a each unit's leak rate.
/// </summary>
internal static unsafe partial class UnitKernel
{
    /// <summary>Turns sums into states, in place.</summary>
    /// <param name="units">How many units; with <paramref name="lanes"/> = 1 a multiple of 16.</param>
    /// <param name="lanes">How many sequences lie side by side for each unit: 1, or a multiple of the vector's lanes.</param>
    /// <param name="sums">[units, lanes].</param>
    /// <param name="retained">[units, lanes].</param>
    /// <param name="rates">[units].</param>
    /// <param name="isLinear">Leaves the tanh out.</param>
    [Dispatch]
    public static partial void Run<T>(int units, int lanes, T* sums, T* retained, T* rates, bool isLinear)
        where T : unmanaged;

    /// <summary>The formula, in float64.</summary>
    public static double Reference(double sum, double retained, double rate, bool isLinear) => ((1 - rate) * retained) + (rate * (isLinear ? sum : Math.Tanh(sum)));

    [MethodImpl(Compiled.Alone)]
    private static void Run<TSimd, TVector, T>(int units, int lanes, T* sums, T* retained, T* rates, bool isLinear)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        if (lanes == 1)
        {
            for (int i = 0; i < units; i += TSimd.Lanes) Step<TSimd, TVector, T>(sums + i, retained + i, TSimd.Load(rates + i), isLinear);
            return;
        }

        for (int i = 0; i < units; i++)
        {
            TVector rate = TSimd.BroadcastFrom(rates + i);
            for (int lane = 0; lane < lanes; lane += TSimd.Lanes, sums += TSimd.Lanes, retained += TSimd.Lanes) Step<TSimd, TVector, T>(sums, retained, rate, isLinear);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TSimd, TVector, T>(T* sums, T* retained, TVector rate, bool isLinear)
        where TSimd : struct, ISimd<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        TVector sum = TSimd.Load(sums);
        if (!isLinear) sum = VectorTanh.Tanh<TSimd, TVector, T>(sum);
        TVector kept = TSimd.Multiply(TSimd.Subtract(TSimd.Constant(1), rate), TSimd.Load(retained));
        TSimd.Store(TSimd.MultiplyAdd(rate, sum, kept), sums);
    }
}
