namespace Graft.Vision.Checking;

/// <summary>Images with the same pixels.</summary>
/// <param name="Images">The images, two at least.</param>
public sealed record ExactCopies(IReadOnlyList<CheckedImage> Images)
{
    /// <summary>Whether they are in several classes, or labelled with different labels or numbers.</summary>
    public bool CrossesClasses => Images.Any(image => image.Label != Images[0].Label);

    /// <summary>Whether some are to learn from and some to judge by, or they are in several parts to judge by.</summary>
    public bool CrossesParts => Images.Any(image => image.Part != Images[0].Part);
}

/// <summary>Two images of which one is a copy of the other: compressed again, resized, cropped a little, brighter or darker, or mirrored.</summary>
/// <param name="First">The one.</param>
/// <param name="Second">The other.</param>
/// <param name="Distance">How different they are once one is laid over the other: 0 is not at all.</param>
public sealed record NearCopies(CheckedImage First, CheckedImage Second, float Distance)
{
    /// <summary>Whether they are in two classes, or labelled with different labels or numbers.</summary>
    public bool CrossesClasses => First.Label != Second.Label;

    /// <summary>Whether they are in two parts.</summary>
    public bool CrossesParts => First.Part != Second.Part;
}

/// <summary>An image and what others take it for.</summary>
/// <param name="Image">The image.</param>
/// <param name="Label">What is disputed: its class; the one of its labels, or of those that it lacks, that is; its number.</param>
/// <param name="Suggested">What the others say: the most probable of the other classes; that it lacks this label, or has it; the number that they expect.</param>
/// <param name="Score">How sure it is that the others are right, if one of both is: over 0.5 where what they say is the more probable.</param>
public sealed record LabelSuspect(CheckedImage Image, string Label, string Suggested, float Score);

/// <summary>What is wrong with a folder of labelled images.</summary>
public sealed record CheckResult
{
    internal CheckResult()
    {
    }

    /// <summary>The folder or the list that was checked.</summary>
    public required string Path { get; init; }

    /// <summary>What the images are labelled with.</summary>
    public required ModelTask Task { get; init; }

    /// <summary>The names of the classes, labels or numbers.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The images that could be read.</summary>
    public required IReadOnlyList<CheckedImage> Images { get; init; }

    /// <summary>Images with the same pixels, whatever files they are in.</summary>
    public required IReadOnlyList<ExactCopies> Exact { get; init; }

    /// <summary>Changed copies, the least changed first. Of images with the same pixels the first stands for all.</summary>
    public required IReadOnlyList<NearCopies> Near { get; init; }

    /// <summary>Mirrored copies, the least changed first.</summary>
    public required IReadOnlyList<NearCopies> Mirrored { get; init; }

    /// <summary>The images whose labels are disputed, the most suspicious first.</summary>
    public required IReadOnlyList<LabelSuspect> Suspects { get; init; }

    /// <summary>All images whose labels were judged, the most suspicious first.</summary>
    public required IReadOnlyList<LabelSuspect> Ranking { get; init; }

    /// <summary>Why no label was judged, in a sentence; null where they were.</summary>
    public required string? NotJudged { get; init; }

    /// <summary>Images that are sharp nowhere.</summary>
    public required IReadOnlyList<CheckedImage> Blurred { get; init; }

    /// <summary>Images with few pixels.</summary>
    public required IReadOnlyList<CheckedImage> Tiny { get; init; }

    /// <summary>Images of nearly one colour.</summary>
    public required IReadOnlyList<CheckedImage> Empty { get; init; }

    /// <summary>Images that are like no others, the oddest first.</summary>
    public required IReadOnlyList<CheckedImage> Odd { get; init; }

    /// <summary>What cannot be read, and why.</summary>
    public required IReadOnlyList<SkippedImage> Unreadable { get; init; }

    /// <summary>Images that are used though something is wrong with their files.</summary>
    public required IReadOnlyList<SkippedImage> Notices { get; init; }

    /// <summary>How many images' features were known from an earlier run.</summary>
    public required int Cached { get; init; }

    /// <summary>Whether nothing was found.</summary>
    public bool IsClean => Exact.Count + Near.Count + Mirrored.Count + Suspects.Count + Blurred.Count + Tiny.Count + Empty.Count + Odd.Count + Unreadable.Count + Notices.Count == 0;
}
