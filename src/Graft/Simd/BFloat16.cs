namespace Graft.Simd;

/// <summary>The upper 16 bits of a float32 number: its sign, its exponent and 8 significant bits. Half the memory, the same range.</summary>
/// <param name="Bits">The bits.</param>
internal readonly record struct BFloat16(ushort Bits)
{
    // Nearly half of the last bit; with that bit added, what is half of it goes to even.
    private const uint Half = 0x7FFF;

    /// <summary>The nearest number, of two equally near the one whose last bit is 0. NaN stays NaN, as arithmetic makes it: those whose upper half is all ones are none that it makes.</summary>
    public static BFloat16 Of(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return new((ushort)((bits + Half + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>The same number as float32.</summary>
    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)Bits << 16);
}
