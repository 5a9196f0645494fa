using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Graft.Kernels.Reservoirs;

/// <summary>8 lanes of float32 or 4 of float64: AVX2.</summary>
internal readonly unsafe struct StateLanes256<T> : IStateLanes<Vector256<T>, T>
    where T : unmanaged
{
    public static int Count => Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load(T* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LoadWeights<TWeight>(TWeight* source)
        where TWeight : unmanaged
    {
        if (typeof(TWeight) == typeof(T)) return Vector256.Load((T*)source);
        if (typeof(TWeight) == typeof(UpperHalf)) return (Vector256.WidenLower(Vector256.Create(Vector128.Load((uint*)source), Vector128<uint>.Zero)) << 32).As<ulong, T>();
        Vector256<double> wide = Avx.IsSupported ? Avx.ConvertToVector256Double(Vector128.Load((float*)source)) : Vector256.WidenLower(Vector256.Create(Vector128.Load((float*)source), Vector128<float>.Zero));
        return wide.As<double, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<T> value, T* target) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddTo(Vector256<T> value, double* target)
    {
        if (typeof(T) == typeof(double))
        {
            (Vector256.Load(target) + value.AsDouble()).Store(target);
            return;
        }

        (Vector256<double> lower, Vector256<double> upper) = Vector256.Widen(value.AsSingle());
        (Vector256.Load(target) + lower).Store(target);
        (Vector256.Load(target + Vector256<double>.Count) + upper).Store(target + Vector256<double>.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Broadcast(double value) =>
        typeof(T) == typeof(float) ? Vector256.Create((float)value).As<float, T>() : Vector256.Create(value).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> BroadcastFrom(T* source) => Vector256.Create(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Gather(T* source, int* places)
    {
        if (Avx2.IsSupported)
        {
            return typeof(T) == typeof(float)
                ? Avx2.GatherVector256((float*)source, Vector256.Load(places), sizeof(float)).As<float, T>()
                : Avx2.GatherVector256((double*)source, Vector128.Load(places), sizeof(double)).As<double, T>();
        }

        Vector256<T> gathered = default;
        T* lanes = (T*)&gathered;
        for (int i = 0; i < Count; i++) lanes[i] = source[places[i]];
        return gathered;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Add(Vector256<T> a, Vector256<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Subtract(Vector256<T> a, Vector256<T> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Multiply(Vector256<T> a, Vector256<T> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Divide(Vector256<T> a, Vector256<T> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MultiplyAdd(Vector256<T> a, Vector256<T> b, Vector256<T> c) => typeof(T) == typeof(float)
        ? Vector256.MultiplyAddEstimate(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector256.MultiplyAddEstimate(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Min(Vector256<T> a, Vector256<T> b) => Vector256.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Abs(Vector256<T> value) => Vector256.Abs(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> CopySign(Vector256<T> magnitude, Vector256<T> sign) => Vector256.CopySign(magnitude, sign);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> PowerOfTwo(Vector256<T> shifted)
    {
        if (typeof(T) == typeof(float)) return ((shifted.AsInt32() + Vector256.Create(ExponentBits.OffsetSingle)) << ExponentBits.ShiftSingle).As<int, T>();
        return ((shifted.AsInt64() + Vector256.Create(ExponentBits.OffsetDouble)) << ExponentBits.ShiftDouble).As<long, T>();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> FromLowerHalves(Vector256<T> pairs) => (pairs.AsUInt64() << 32).As<ulong, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> FromUpperHalves(Vector256<T> pairs) => (pairs.AsUInt64() & Vector256.Create(0xFFFFFFFF00000000)).As<ulong, T>();
}
