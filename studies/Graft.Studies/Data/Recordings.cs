namespace Graft.Studies.Data;

/// <summary>Where the files of recorded series are that Graft reads but does not bring; null where they are not.</summary>
/// <param name="Vowels">The folder with ae.train and ae.test of Japanese Vowels.</param>
/// <param name="Laser">The file of the laser series of the Santa Fe competition.</param>
internal sealed record Recordings(string? Vowels, string? Laser)
{
    /// <summary>Whether there are none.</summary>
    public bool AreMissing => Vowels is null && Laser is null;

    /// <summary>What to do where there are none.</summary>
    public const string Remedy =
        "This study is about recordings that Graft does not bring. Give --vowels FOLDER with ae.train and ae.test of Japanese Vowels (https://archive.ics.uci.edu/dataset/128), --laser FILE with the " +
        "laser series of the Santa Fe competition (data set A and its continuation: numbers apart by spaces or lines), or both.";
}
