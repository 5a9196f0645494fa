namespace Graft.Vision.Samples.LookAlikes;

/// <summary>
/// Which images lie in which folder. In each folder as many places are wrong as in the others, one in every stretch of equal length. The j-th wrong
/// place of a folder has the j-th image of another kind that is missing from its own: so every kind is wrong as often as right labels are missing,
/// every image is used once, and the folders stay equally large.
/// </summary>
internal sealed class WrongLabels
{
    private static readonly int Kinds = Enum.GetValues<LookAlikeKind>().Length;

    private readonly int[][] places;

    public WrongLabels(LookAlikeOptions options)
    {
        int count = (int)Math.Round(options.WrongLabels * options.ImagesPerClass);
        Dice dice = new(options.Seed, LookAlikeFlowers.Stream | (1UL << 60));
        places = new int[Kinds][];
        for (int folder = 0; folder < Kinds; folder++)
        {
            places[folder] = new int[count];
            for (int j = 0; j < count; j++) places[folder][j] = dice.Int(First(j), First(j + 1) - 1);
        }

        int First(int j) => (int)((long)j * options.ImagesPerClass / count);
    }

    /// <summary>The wrong places: the folder, the number in it, and the kind of the image that is there.</summary>
    public IEnumerable<(LookAlikeKind Folder, int Number, LookAlikeKind Kind)> All =>
        from folder in Enumerable.Range(0, Kinds)
        from number in places[folder]
        select ((LookAlikeKind)folder, number, At((LookAlikeKind)folder, number).Kind);

    /// <summary>The image at a place: its kind, and its index among those of its kind.</summary>
    public (LookAlikeKind Kind, int Index) At(LookAlikeKind folder, int number)
    {
        int j = Array.BinarySearch(places[(int)folder], number);
        if (j < 0) return (folder, number);
        int kind = ((int)folder + 1 + (j % (Kinds - 1))) % Kinds;
        return ((LookAlikeKind)kind, places[kind][j]);
    }
}
