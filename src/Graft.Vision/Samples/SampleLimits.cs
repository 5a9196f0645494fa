using System.Runtime.CompilerServices;

namespace Graft.Vision.Samples;

/// <summary>How many images are drawn, and how large: the same for every kind of sample.</summary>
internal static class SampleLimits
{
    /// <summary>The most images of a kind; the held-out ones are counted from here.</summary>
    public const int MostImages = 100_000;

    private const int SmallestSide = 32, LargestSide = 2048;

    /// <summary>A number of images of a kind.</summary>
    public static int Images(int value, [CallerMemberName] string name = "") => Within(value, 1, MostImages, "The number of images of each kind", "", name);

    /// <summary>A number of held-out images of a kind, of which there may be none.</summary>
    public static int HeldOut(int value, [CallerMemberName] string name = "") => Within(value, 0, MostImages, "The number of held-out images of each kind", "", name);

    /// <summary>The side of an image in pixels.</summary>
    public static int Side(int value, [CallerMemberName] string name = "") => Within(value, SmallestSide, LargestSide, "The side of an image", " pixels", name);

    private static int Within(int value, int least, int most, string what, string unit, string name) =>
        value >= least && value <= most ? value : throw new ArgumentOutOfRangeException(name, value, FormattableString.Invariant($"{what} must be from {least} to {most}{unit}."));
}
