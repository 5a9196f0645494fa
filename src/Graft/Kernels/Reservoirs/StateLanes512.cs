using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Graft.Kernels.Reservoirs;

/// <summary>16 lanes of float32 or 8 of float64: AVX-512.</summary>
internal readonly unsafe struct StateLanes512<T> : IStateLanes<Vector512<T>, T>
    where T : unmanaged
{
    public static int Count => Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadWeights<TWeight>(TWeight* source)
        where TWeight : unmanaged
    {
        if (typeof(TWeight) == typeof(T)) return Vector512.Load((T*)source);
        if (typeof(TWeight) == typeof(UpperHalf)) return ((Avx512F.IsSupported ? Avx512F.ConvertToVector512UInt64(Vector256.Load((uint*)source)) : Vector512.WidenLower(Vector512.Create(Vector256.Load((uint*)source), Vector256<uint>.Zero))) << 32).As<ulong, T>();
        Vector512<double> wide = Avx512F.IsSupported ? Avx512F.ConvertToVector512Double(Vector256.Load((float*)source)) : Vector512.WidenLower(Vector512.Create(Vector256.Load((float*)source), Vector256<float>.Zero));
        return wide.As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> value, T* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo(Vector512<T> value, double* target)
    {
        if (typeof(T) == typeof(double))
        {
            (Vector512.Load(target) + value.AsDouble()).Store(target);
            return;
        }

        (Vector512<double> lower, Vector512<double> upper) = Vector512.Widen(value.AsSingle());
        (Vector512.Load(target) + lower).Store(target);
        (Vector512.Load(target + Vector512<double>.Count) + upper).Store(target + Vector512<double>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(double value) =>
        typeof(T) == typeof(float) ? Vector512.Create((float)value).As<float, T>() : Vector512.Create(value).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> BroadcastFrom(T* source) => Vector512.Create(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Gather(T* source, int* places)
    {
        Vector256<T> lower = StateLanes256<T>.Gather(source, places), upper = StateLanes256<T>.Gather(source, places + (Count / 2));
        return Vector512.Create(lower, upper);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Add(Vector512<T> a, Vector512<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Subtract(Vector512<T> a, Vector512<T> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Multiply(Vector512<T> a, Vector512<T> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Divide(Vector512<T> a, Vector512<T> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd(Vector512<T> a, Vector512<T> b, Vector512<T> c) => typeof(T) == typeof(float)
        ? Vector512.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector512.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Min(Vector512<T> a, Vector512<T> b) => Vector512.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Abs(Vector512<T> value) => Vector512.Abs(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> CopySign(Vector512<T> magnitude, Vector512<T> sign) => Vector512.CopySign(magnitude, sign);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> PowerOfTwo(Vector512<T> shifted)
    {
        if (typeof(T) == typeof(float)) return ((shifted.AsInt32() + Vector512.Create(ExponentBits.OffsetSingle)) << ExponentBits.ShiftSingle).As<int, T>();
        return ((shifted.AsInt64() + Vector512.Create(ExponentBits.OffsetDouble)) << ExponentBits.ShiftDouble).As<long, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FromLowerHalves(Vector512<T> pairs) => (pairs.AsUInt64() << 32).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FromUpperHalves(Vector512<T> pairs) => (pairs.AsUInt64() & Vector512.Create(0xFFFFFFFF00000000)).As<ulong, T>();
}
