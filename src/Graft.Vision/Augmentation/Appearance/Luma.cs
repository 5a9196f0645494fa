namespace Graft.Vision.Augmentation.Appearance;

/// <summary>How light a colour is: ITU-R 601-2.</summary>
internal static class Luma
{
    /// <summary>The luma of a colour.</summary>
    public static double Of(double red, double green, double blue) => (0.299 * red) + (0.587 * green) + (0.114 * blue);
}
