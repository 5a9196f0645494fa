namespace Graft.Numerics;

/// <summary>
/// Counter-based random numbers: Philox4x32-10. The value at a counter depends on the key and the counter alone, so that neither the
/// order of calls nor the number of threads changes what is drawn.
/// </summary>
/// <remarks>Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011, section 4.3.</remarks>
internal readonly struct Philox
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    private readonly uint key0, key1, stream0, stream1;

    /// <summary>Makes a generator.</summary>
    /// <param name="seed">The key; each seed is an independent sequence.</param>
    /// <param name="stream">The upper half of the counter: independent sequences under one seed.</param>
    public Philox(ulong seed, ulong stream = 0)
    {
        (key0, key1) = ((uint)seed, (uint)(seed >> 32));
        (stream0, stream1) = ((uint)stream, (uint)(stream >> 32));
    }

    /// <summary>The four 32-bit words at a counter.</summary>
    public (uint X0, uint X1, uint X2, uint X3) Block(ulong counter)
    {
        uint x0 = (uint)counter, x1 = (uint)(counter >> 32), x2 = stream0, x3 = stream1;
        uint k0 = key0, k1 = key1;
        for (int round = 0; round < 10; round++)
        {
            ulong p0 = (ulong)Multiplier0 * x0, p1 = (ulong)Multiplier1 * x2;
            (x0, x1, x2, x3) = ((uint)(p1 >> 32) ^ x1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ x3 ^ k1, (uint)p0);
            k0 += Weyl0;
            k1 += Weyl1;
        }

        return (x0, x1, x2, x3);
    }

    /// <summary>64 random bits.</summary>
    public ulong Bits(ulong counter)
    {
        (uint x0, uint x1, _, _) = Block(counter);
        return x0 | ((ulong)x1 << 32);
    }

    /// <summary>A number uniform in [0, 1), with 53 random bits.</summary>
    public double Uniform(ulong counter) => (Bits(counter) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A standard normal number, by the Box-Muller transform.</summary>
    public double Normal(ulong counter)
    {
        (uint x0, uint x1, uint x2, uint x3) = Block(counter);
        double radius = (((x0 | ((ulong)x1 << 32)) >> 11) + 1) * (1.0 / (1UL << 53));
        double angle = ((x2 | ((ulong)x3 << 32)) >> 11) * (1.0 / (1UL << 53));
        return Math.Sqrt(-2 * Math.Log(radius)) * Math.Cos(2 * Math.PI * angle);
    }

    /// <summary>An integer uniform in [0, <paramref name="bound"/>), biased by less than bound / 2^64.</summary>
    public int Index(ulong counter, int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        return (int)Math.BigMul(Bits(counter), (ulong)bound, out _);
    }

    /// <summary>Puts items into a random order, in place (Fisher-Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Index((ulong)i, i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
