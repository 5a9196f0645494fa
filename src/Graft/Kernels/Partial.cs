using System.Runtime.CompilerServices;
using Graft.Simd;

namespace Graft.Kernels;

/// <summary>
/// Loads and stores of vectors of which only the first lanes exist, for the end of an array. A number goes through the same vector instructions at
/// the end as anywhere else, so its result does not depend on where it lies.
/// </summary>
internal static unsafe class Partial<TSimd, TVector>
    where TSimd : struct, ISimd<TVector, float>
    where TVector : struct
{
    /// <summary>Loads <paramref name="count"/> numbers, at most a vector full; the other lanes are 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(float* source, int count) => count >= TSimd.Lanes ? TSimd.Load(source) : LoadFew(source, count, 0);

    /// <summary>Loads <paramref name="count"/> numbers, at most a vector full; the other lanes are <paramref name="rest"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(float* source, int count, float rest) => count >= TSimd.Lanes ? TSimd.Load(source) : LoadFew(source, count, rest);

    /// <summary>Stores the first <paramref name="count"/> lanes, at most all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TVector value, float* target, int count)
    {
        if (count >= TSimd.Lanes) TSimd.Store(value, target);
        else StoreFew(value, target, count);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static TVector LoadFew(float* source, int count, float rest)
    {
        TVector value = TSimd.Broadcast(rest);
        float* lanes = (float*)Unsafe.AsPointer(ref value);
        for (int i = 0; i < count; i++) lanes[i] = source[i];
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void StoreFew(TVector value, float* target, int count)
    {
        float* lanes = (float*)Unsafe.AsPointer(ref value);
        for (int i = 0; i < count; i++) target[i] = lanes[i];
    }
}

/// <summary>How the inner loop of a kernel reads and writes: whole vectors, or at the end of an array the first lanes of one. A loop that may do either keeps nothing in registers.</summary>
internal unsafe interface IAccess<TVector>
    where TVector : struct
{
    static abstract TVector Load(float* source, int count);

    static abstract void Store(TVector value, float* target, int count);
}

/// <summary>Whole vectors.</summary>
internal readonly unsafe struct Whole<TSimd, TVector> : IAccess<TVector>
    where TSimd : struct, ISimd<TVector, float>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(float* source, int count) => TSimd.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TVector value, float* target, int count) => TSimd.Store(value, target);
}

/// <summary>The first lanes of a vector.</summary>
internal readonly unsafe struct First<TSimd, TVector> : IAccess<TVector>
    where TSimd : struct, ISimd<TVector, float>
    where TVector : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Load(float* source, int count) => Partial<TSimd, TVector>.Load(source, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(TVector value, float* target, int count) => Partial<TSimd, TVector>.Store(value, target, count);
}
