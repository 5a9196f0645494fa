namespace Graft.Simd;

/// <summary>The upper 16 bits of a float32 number: its sign, its exponent and 8 significant bits. Half the memory, the same range.</summary>
/// <param name="Bits">The bits.</param>
internal readonly record struct BFloat16(ushort Bits)
{
    // A half of the last bit, and a quiet NaN.
    private const uint Half = 0x7FFF, NotANumber = 0x7FC0;

    /// <summary>The nearest number, of two equally near the one whose last bit is 0; NaN stays NaN.</summary>
    public static BFloat16 Of(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return new((ushort)(float.IsNaN(value) ? NotANumber : (bits + Half + ((bits >> 16) & 1)) >> 16));
    }

    /// <summary>The same number as float32.</summary>
    public float ToSingle() => BitConverter.UInt32BitsToSingle((uint)Bits << 16);
}
