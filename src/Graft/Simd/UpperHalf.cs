namespace Graft.Simd;

/// <summary>
/// The upper 32 bits of a float64 number whose lower ones are 0: sign, exponent and 21 significant bits. Half the memory of a float64 and, other than float32, widened by a shift or a mask, which the
/// hardware does next to its multiply-adds.
/// </summary>
/// <param name="Bits">The bits.</param>
internal readonly record struct UpperHalf(uint Bits)
{
    /// <summary>Whether a number is one.</summary>
    public static bool Holds(double value) => (uint)BitConverter.DoubleToUInt64Bits(value) == 0;

    /// <summary>The nearest number that is one.</summary>
    public static double Round(double value)
    {
        ulong bits = BitConverter.DoubleToUInt64Bits(value);
        return BitConverter.UInt64BitsToDouble((bits + 0x7FFFFFFF + ((bits >> 32) & 1)) & 0xFFFFFFFF00000000);
    }

    /// <summary>The upper half of a number.</summary>
    public static UpperHalf Of(double value) => new((uint)(BitConverter.DoubleToUInt64Bits(value) >> 32));
}
