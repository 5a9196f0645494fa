using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels.Reservoirs;

/// <summary>
/// What units do to the sums that they read: x' = (1 - a) r + a tanh(s), or (1 - a) r + a s; s the sums, r the states before (or those after a rotation), a each unit's leak rate.
/// </summary>
internal static unsafe class UnitKernel
{
    /// <summary>Turns sums into states, in place.</summary>
    /// <param name="units">How many units; with <paramref name="lanes"/> = 1 a multiple of 16.</param>
    /// <param name="lanes">How many sequences lie side by side for each unit: 1, or a multiple of the vector's lanes.</param>
    /// <param name="sums">[units, lanes].</param>
    /// <param name="retained">[units, lanes].</param>
    /// <param name="rates">[units].</param>
    /// <param name="isLinear">Leaves the tanh out.</param>
    public static void Run<T>(int units, int lanes, T* sums, T* retained, T* rates, bool isLinear)
        where T : unmanaged
    {
        if (Vector512.IsHardwareAccelerated) Run<StateLanes512<T>, Vector512<T>, T>(units, lanes, sums, retained, rates, isLinear);
        else if (Vector256.IsHardwareAccelerated) Run<StateLanes256<T>, Vector256<T>, T>(units, lanes, sums, retained, rates, isLinear);
        else Run<StateLanes128<T>, Vector128<T>, T>(units, lanes, sums, retained, rates, isLinear);
    }

    /// <summary>The formula, in float64.</summary>
    public static double Reference(double sum, double retained, double rate, bool isLinear) => ((1 - rate) * retained) + (rate * (isLinear ? sum : Math.Tanh(sum)));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TLanes, TVector, T>(int units, int lanes, T* sums, T* retained, T* rates, bool isLinear)
        where TLanes : struct, IStateLanes<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        if (lanes == 1)
        {
            for (int i = 0; i < units; i += TLanes.Count) Step<TLanes, TVector, T>(sums + i, retained + i, TLanes.Load(rates + i), isLinear);
            return;
        }

        for (int i = 0; i < units; i++)
        {
            TVector rate = TLanes.BroadcastFrom(rates + i);
            for (int lane = 0; lane < lanes; lane += TLanes.Count, sums += TLanes.Count, retained += TLanes.Count) Step<TLanes, TVector, T>(sums, retained, rate, isLinear);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TLanes, TVector, T>(T* sums, T* retained, TVector rate, bool isLinear)
        where TLanes : struct, IStateLanes<TVector, T>
        where TVector : struct
        where T : unmanaged
    {
        TVector sum = TLanes.Load(sums);
        if (!isLinear) sum = VectorTanh.Tanh<TLanes, TVector, T>(sum);
        TVector kept = TLanes.Multiply(TLanes.Subtract(TLanes.Broadcast(1), rate), TLanes.Load(retained));
        TLanes.Store(TLanes.MultiplyAdd(rate, sum, kept), sums);
    }
}
