namespace Graft.Simd;

/// <summary>
/// The vector operations that kernels are written over, so that one source serves every width and every type of number. <typeparamref name="TVector"/> is the bare hardware vector of
/// <typeparamref name="T"/>, hence locals live in registers; the implementing struct is only a name for the compiler to specialize on.
/// </summary>
/// <typeparam name="TVector">The vector: <c>Vector512&lt;T&gt;</c>, <c>Vector256&lt;T&gt;</c>, <c>Vector128&lt;T&gt;</c>, or <typeparamref name="T"/> itself.</typeparam>
/// <typeparam name="T">The numbers: float32, float64, or whole ones.</typeparam>
internal unsafe interface ISimd<TVector, T>
    where TVector : struct
    where T : unmanaged
{
    /// <summary>The number of lanes.</summary>
    static abstract int Lanes { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Load(T* source);

    /// <summary>Loads numbers of the lanes' type, or smaller ones: as float64 float32 numbers, or the <see cref="UpperHalf"/> of float64 ones; as float32 <see cref="BFloat16"/> ones, bytes and int32.</summary>
    static abstract TVector LoadWidened<TSource>(TSource* source)
        where TSource : unmanaged;

    static abstract void Store(TVector value, T* target);

    /// <summary>Stores the lanes as float32.</summary>
    static abstract void StoreNarrowed(TVector value, float* target);

    /// <summary>Stores the lanes, or, float32 only, the nearest <see cref="BFloat16"/> to each, or bytes where the lanes hold whole numbers from 0 to 255.</summary>
    static abstract void StoreRounded<TTarget>(TVector value, TTarget* target)
        where TTarget : unmanaged;

    /// <summary>The same past the caches, to an address that is a multiple of what is stored.</summary>
    static abstract void StoreRoundedNonTemporal<TTarget>(TVector value, TTarget* target)
        where TTarget : unmanaged;

    /// <summary>float32 only: stores the nearest <see cref="BFloat16"/> to each lane of two vectors as pairs, a number of the first in the lower half and its neighbour of the second in the upper half.</summary>
    static abstract void StorePairs(TVector first, TVector second, uint* target);

    /// <summary>Stores to an address that is a multiple of the vector's size, past the caches: for what is not read soon.</summary>
    static abstract void StoreNonTemporal(TVector value, T* target);

    static abstract TVector Broadcast(T value);

    /// <summary>Broadcasts the number at an address, in one instruction where there is one.</summary>
    static abstract TVector BroadcastFrom(T* source);

    /// <summary>Broadcasts the nearest number that a lane can hold.</summary>
    static abstract TVector Constant(double value);

    /// <summary>The numbers at places after an address.</summary>
    static abstract TVector Gather(T* source, int* places);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Divide(TVector a, TVector b);

    /// <summary>a * b + c, fused where the hardware has it.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>The smaller one; <paramref name="b"/> where one of the two is not a number.</summary>
    static abstract TVector Min(TVector a, TVector b);

    /// <summary>The larger one; <paramref name="b"/> where one of the two is not a number.</summary>
    static abstract TVector Max(TVector a, TVector b);

    static abstract TVector Abs(TVector value);

    /// <summary>The square root, correctly rounded.</summary>
    static abstract TVector Sqrt(TVector value);

    /// <summary>The magnitudes of one vector with the signs of another.</summary>
    static abstract TVector CopySign(TVector magnitude, TVector sign);

    /// <summary>a > b ? x : y, lane by lane; y where one of the two is not a number.</summary>
    static abstract TVector SelectGreater(TVector a, TVector b, TVector x, TVector y);

    /// <summary><paramref name="value"/> in the lanes where low &lt; x &lt; high, 0 in the others.</summary>
    static abstract TVector Inside(TVector x, TVector low, TVector high, TVector value);

    /// <summary>The sum of the lanes, in an order fixed for the width.</summary>
    static abstract T Sum(TVector value);

    /// <summary>Adds the lanes to float64 numbers.</summary>
    static abstract void AddTo(TVector value, double* target);

    /// <summary>2^n for each lane that holds 1.5 * 2^23 + n (float32) or 1.5 * 2^52 + n (float64), as long as that is a normal number.</summary>
    static abstract TVector PowerOfTwo(TVector shifted);

    /// <summary>float32 only: value 2^n, n in the low bits of <paramref name="shifted"/> as for <see cref="PowerOfTwo"/>; in two factors, since 2^128 and 2^-150 are no float32.</summary>
    static abstract TVector Scale(TVector value, TVector shifted);

    /// <summary>float64 only: the numbers whose upper halves lie in the lower halves of the lanes.</summary>
    static abstract TVector FromLowerHalves(TVector pairs);

    /// <summary>float64 only: the numbers whose upper halves lie in the upper halves of the lanes.</summary>
    static abstract TVector FromUpperHalves(TVector pairs);
}
