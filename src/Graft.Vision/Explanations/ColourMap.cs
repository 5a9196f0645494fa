namespace Graft.Vision.Explanations;

/// <summary>Colours for values.</summary>
internal static class ColourMap
{
    // Ten of the 256 colours of the map "inferno" by van der Walt and Smith (CC0), at equal distances. Perceptually uniform: equal steps look equal, in grey too.
    private static readonly (byte R, byte G, byte B)[] Table =
    [
        (0, 0, 4), (27, 12, 65), (74, 12, 107), (120, 28, 109), (165, 44, 96), (207, 68, 70), (237, 105, 37), (251, 155, 6), (247, 209, 61), (252, 255, 164),
    ];

    /// <summary>The colour of a value from 0, black, to 1, light yellow; values outside are taken as the nearer end.</summary>
    /// <returns>Red, green and blue, 0 to 255.</returns>
    public static (float R, float G, float B) Inferno(float value)
    {
        float position = Math.Clamp(value, 0, 1) * (Table.Length - 1);
        int low = Math.Min((int)position, Table.Length - 2);
        float part = position - low;
        (byte r, byte g, byte b) = Table[low];
        (byte r1, byte g1, byte b1) = Table[low + 1];
        return (r + (part * (r1 - r)), g + (part * (g1 - g)), b + (part * (b1 - b)));
    }
}
