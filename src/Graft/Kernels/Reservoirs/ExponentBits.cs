namespace Graft.Kernels.Reservoirs;

/// <summary>How the bits of a number hold its exponent.</summary>
internal static class ExponentBits
{
    /// <summary>Adding it to a number of much smaller size leaves the nearest integer in the low bits.</summary>
    public const float RounderSingle = 12582912f;

    /// <summary>The same for float64.</summary>
    public const double RounderDouble = 6755399441055744;

    /// <summary>From the bits of the rounder plus n to n plus the exponent's bias.</summary>
    public const int OffsetSingle = 127 - 0x4B400000;

    /// <summary>The same for float64.</summary>
    public const long OffsetDouble = 1023 - 0x4338000000000000;

    /// <summary>The bits below the exponent.</summary>
    public const int ShiftSingle = 23;

    /// <summary>The same for float64.</summary>
    public const int ShiftDouble = 52;
}
