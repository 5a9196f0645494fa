namespace Graft.Kernels.Reservoirs;

/// <summary>
/// The vector operations of reservoirs, so that one source serves float32 and float64 and every width. <typeparamref name="TVector"/> is the bare hardware vector of
/// <typeparamref name="T"/>; what depends on the number type is decided by the compiler.
/// </summary>
internal unsafe interface IStateLanes<TVector, T>
    where TVector : struct
    where T : unmanaged
{
    /// <summary>The number of lanes.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(T* source);

    /// <summary>Loads numbers of the lanes' type, or others and widens them: float32 numbers, or the <see cref="UpperHalf"/> of float64 ones.</summary>
    static abstract TVector LoadWeights<TWeight>(TWeight* source)
        where TWeight : unmanaged;

    static abstract void Store(TVector value, T* target);

    /// <summary>Adds the lanes to float64 numbers.</summary>
    static abstract void AddTo(TVector value, double* target);

    static abstract TVector Broadcast(double value);

    /// <summary>Broadcasts the number at an address.</summary>
    static abstract TVector BroadcastFrom(T* source);

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

    static abstract TVector Abs(TVector value);

    /// <summary>The magnitudes of one vector with the signs of another.</summary>
    static abstract TVector CopySign(TVector magnitude, TVector sign);

    /// <summary>2^n for each lane that holds 1.5 * 2^23 + n (float32) or 1.5 * 2^52 + n (float64), as long as that is a normal number.</summary>
    static abstract TVector PowerOfTwo(TVector shifted);

    /// <summary>float64 only: the numbers whose upper halves lie in the lower halves of the lanes.</summary>
    static abstract TVector FromLowerHalves(TVector pairs);

    /// <summary>float64 only: the numbers whose upper halves lie in the upper halves of the lanes.</summary>
    static abstract TVector FromUpperHalves(TVector pairs);
}
