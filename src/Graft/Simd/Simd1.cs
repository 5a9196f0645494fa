using System.Numerics;
using System.Runtime.CompilerServices;

namespace Graft.Simd;

/// <summary>One lane, for what is left over at the end of an array, and the meaning of every operation in plain words.</summary>
internal readonly unsafe struct Simd1<T> : ISimd<T, T>
    where T : unmanaged, INumber<T>
{
    public static int Lanes => 1;

    public static T Zero => T.Zero;

    public static T Load(T* source) => *source;

    public static T LoadWidened<TSource>(TSource* source)
        where TSource : unmanaged
    {
        if (typeof(TSource) == typeof(T)) return *(T*)source;
        if (typeof(TSource) == typeof(UpperHalf)) return T.CreateTruncating(BitConverter.UInt64BitsToDouble((ulong)*(uint*)source << 32));
        if (typeof(TSource) == typeof(BFloat16)) return T.CreateTruncating(((BFloat16*)source)->ToSingle());
        if (typeof(TSource) == typeof(byte)) return T.CreateTruncating(*(byte*)source);
        if (typeof(TSource) == typeof(int)) return T.CreateTruncating((float)*(int*)source);
        return T.CreateTruncating(*(float*)source);
    }

    public static void StoreRounded<TTarget>(T value, TTarget* target)
        where TTarget : unmanaged
    {
        if (typeof(TTarget) == typeof(BFloat16)) *(BFloat16*)target = BFloat16.Of(float.CreateTruncating(value));
        else if (typeof(TTarget) == typeof(byte)) *(byte*)target = byte.CreateTruncating(value);
        else *(T*)target = value;
    }

    public static void StorePairs(T first, T second, uint* target) => *target = BFloat16.Of(float.CreateTruncating(first)).Bits | ((uint)BFloat16.Of(float.CreateTruncating(second)).Bits << 16);

    public static void StoreRoundedNonTemporal<TTarget>(T value, TTarget* target)
        where TTarget : unmanaged => StoreRounded(value, target);

    public static void Store(T value, T* target) => *target = value;

    public static void StoreNarrowed(T value, float* target) => *target = float.CreateTruncating(value);

    public static void StoreNonTemporal(T value, T* target) => *target = value;

    public static T Broadcast(T value) => value;

    public static T BroadcastFrom(T* source) => *source;

    public static T Constant(double value) => T.CreateTruncating(value);

    public static T Gather(T* source, int* places) => source[*places];

    public static T Add(T a, T b) => a + b;

    public static T Subtract(T a, T b) => a - b;

    public static T Multiply(T a, T b) => a * b;

    public static T Divide(T a, T b) => a / b;

    public static T MultiplyAdd(T a, T b, T c) => T.MultiplyAddEstimate(a, b, c);

    public static T Min(T a, T b) => a < b ? a : b;

    public static T Max(T a, T b) => a > b ? a : b;

    public static T Abs(T value) => T.Abs(value);

    // The root of a float32 number, rounded to float64 and then to float32, is correctly rounded.
    public static T Sqrt(T value) => T.CreateTruncating(Math.Sqrt(double.CreateTruncating(value)));

    public static T CopySign(T magnitude, T sign) => T.CopySign(magnitude, sign);

    public static T SelectGreater(T a, T b, T x, T y) => a > b ? x : y;

    public static T Inside(T x, T low, T high, T value) => x > low && x < high ? value : T.Zero;

    public static T Sum(T value) => value;

    public static void AddTo(T value, double* target) => *target += double.CreateTruncating(value);

    public static T PowerOfTwo(T shifted) => typeof(T) == typeof(float)
        ? Unsafe.BitCast<int, T>((Unsafe.BitCast<T, int>(shifted) + ExponentBits.OffsetSingle) << ExponentBits.ShiftSingle)
        : Unsafe.BitCast<long, T>((Unsafe.BitCast<T, long>(shifted) + ExponentBits.OffsetDouble) << ExponentBits.ShiftDouble);

    public static T Scale(T value, T shifted) => T.CreateTruncating(MathF.ScaleB(float.CreateTruncating(value), Unsafe.BitCast<T, int>(shifted) - ExponentBits.RounderBits));

    public static T FromLowerHalves(T pairs) => Unsafe.BitCast<ulong, T>(Unsafe.BitCast<T, ulong>(pairs) << 32);

    public static T FromUpperHalves(T pairs) => Unsafe.BitCast<ulong, T>(Unsafe.BitCast<T, ulong>(pairs) & 0xFFFFFFFF00000000);
}
