using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Graft.Kernels.Reservoirs;

/// <summary>4 lanes of float32 or 2 of float64: SSE, and Arm's Advanced SIMD. Without either, the runtime computes lane by lane: still right.</summary>
internal readonly unsafe struct StateLanes128<T> : IStateLanes<Vector128<T>, T>
    where T : unmanaged
{
    public static int Count => Vector128<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Load(T* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> LoadWeights<TWeight>(TWeight* source)
        where TWeight : unmanaged
    {
        if (typeof(TWeight) == typeof(T)) return Vector128.Load((T*)source);
        if (typeof(TWeight) == typeof(UpperHalf)) return (Vector128.Create((ulong)((uint*)source)[0], ((uint*)source)[1]) << 32).As<ulong, T>();
        Vector128<double> wide = Vector128.Create((double)((float*)source)[0], ((float*)source)[1]);
        return wide.As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<T> value, T* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo(Vector128<T> value, double* target)
    {
        if (typeof(T) == typeof(double))
        {
            (Vector128.Load(target) + value.AsDouble()).Store(target);
            return;
        }

        (Vector128<double> lower, Vector128<double> upper) = Vector128.Widen(value.AsSingle());
        (Vector128.Load(target) + lower).Store(target);
        (Vector128.Load(target + Vector128<double>.Count) + upper).Store(target + Vector128<double>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Broadcast(double value) =>
        typeof(T) == typeof(float) ? Vector128.Create((float)value).As<float, T>() : Vector128.Create(value).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> BroadcastFrom(T* source) => Vector128.Create(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Gather(T* source, int* places)
    {
        Vector128<T> gathered = default;
        T* lanes = (T*)&gathered;
        for (int i = 0; i < Count; i++) lanes[i] = source[places[i]];
        return gathered;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Add(Vector128<T> a, Vector128<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Subtract(Vector128<T> a, Vector128<T> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Multiply(Vector128<T> a, Vector128<T> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Divide(Vector128<T> a, Vector128<T> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MultiplyAdd(Vector128<T> a, Vector128<T> b, Vector128<T> c) => typeof(T) == typeof(float)
        ? Vector128.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector128.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Min(Vector128<T> a, Vector128<T> b) => Vector128.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Abs(Vector128<T> value) => Vector128.Abs(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> CopySign(Vector128<T> magnitude, Vector128<T> sign) => Vector128.CopySign(magnitude, sign);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> PowerOfTwo(Vector128<T> shifted)
    {
        if (typeof(T) == typeof(float)) return ((shifted.AsInt32() + Vector128.Create(ExponentBits.OffsetSingle)) << ExponentBits.ShiftSingle).As<int, T>();
        return ((shifted.AsInt64() + Vector128.Create(ExponentBits.OffsetDouble)) << ExponentBits.ShiftDouble).As<long, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> FromLowerHalves(Vector128<T> pairs) => (pairs.AsUInt64() << 32).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> FromUpperHalves(Vector128<T> pairs) => (pairs.AsUInt64() & Vector128.Create(0xFFFFFFFF00000000)).As<ulong, T>();
}
