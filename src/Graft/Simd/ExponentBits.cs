namespace Graft.Simd;

/// <summary>How the bits of a number hold its exponent.</summary>
internal static class ExponentBits
{
    /// <summary>Adding it to a number of much smaller size leaves the nearest integer in the low bits.</summary>
    public const float RounderSingle = 12582912f;

    /// <summary>The same for float64.</summary>
    public const double RounderDouble = 6755399441055744;

    /// <summary>The bits of <see cref="RounderSingle"/>.</summary>
    public const int RounderBits = 0x4B400000;

    /// <summary>What is added to a float32's exponent.</summary>
    public const int BiasSingle = 127;

    /// <summary>From the bits of the rounder plus n to n plus the exponent's bias.</summary>
    public const int OffsetSingle = BiasSingle - RounderBits;

    /// <summary>The same for float64.</summary>
    public const long OffsetDouble = 1023 - 0x4338000000000000;

    /// <summary>The bits below the exponent.</summary>
    public const int ShiftSingle = 23;

    /// <summary>The same for float64.</summary>
    public const int ShiftDouble = 52;
}
