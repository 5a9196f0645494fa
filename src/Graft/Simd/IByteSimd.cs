namespace Graft.Simd;

/// <summary>
/// The vector operations of products of bytes: lanes of int32, each of which may hold four bytes without a sign, or four weights with one. What the hardware multiplies at once differs: all four, or two, or one; kernels go through
/// the <see cref="Parts"/> of a product one after the other. Sums are exact, so that they are the same on all.
/// </summary>
/// <typeparam name="TVector">The vector: <c>Vector512&lt;int&gt;</c>, <c>Vector256&lt;int&gt;</c> or <c>Vector128&lt;int&gt;</c>.</typeparam>
internal unsafe interface IByteSimd<TVector>
    where TVector : struct
{
    /// <summary>The number of lanes.</summary>
    static abstract int Lanes { get; }

    /// <summary>Into how many parts a product of four bytes is cut.</summary>
    static abstract int Parts { get; }

    /// <summary>What is taken away from each byte before it is multiplied, so that it has a sign, too: 0 or 128.</summary>
    static abstract int Offset { get; }

    static abstract TVector Load(int* source);

    /// <summary>Loads a byte into each lane.</summary>
    static abstract TVector LoadBytes(byte* source);

    static abstract void Store(TVector value, int* target);

    /// <summary>The four bytes at an address, in all lanes.</summary>
    static abstract TVector Broadcast(byte* source);

    static abstract TVector Broadcast(int value);

    /// <summary>A part of the bytes of each lane, as <see cref="MultiplyAdd"/> takes it.</summary>
    static abstract TVector Bytes(TVector four, int part);

    /// <summary>A part of the weights of each lane.</summary>
    static abstract TVector Weights(TVector four, int part);

    /// <summary>sum + the products of a part of the bytes with that part of the weights.</summary>
    static abstract TVector MultiplyAdd(TVector bytes, TVector weights, TVector sum);

    /// <summary>The whole number nearest to multiplier times sum, halves to even, where that is below 2^30.</summary>
    static abstract TVector Scale(TVector sum, float* multipliers);

    /// <summary>clamp(value + zero, low, high).</summary>
    static abstract TVector Clamp(TVector value, int zero, int low, int high);

    /// <summary>Stores the lowest byte of each lane.</summary>
    static abstract void StoreBytes(TVector value, byte* target);

    /// <summary>Puts the lowest byte of each lane above the other three that lie there; the lowest of those goes.</summary>
    static abstract void Push(TVector value, int* ring);
}
