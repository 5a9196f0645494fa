namespace Graft.Reports;

/// <summary>Which images a report shows.</summary>
public sealed record ReportImagesOptions
{
    /// <summary>How many mistakes at most.</summary>
    public int Mistakes { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Mistakes), value, "The number of mistakes to show must not be negative."); } = 24;

    /// <summary>How many right answers of each class at most.</summary>
    public int RightPerClass { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(RightPerClass), value, "The number of right answers to show must not be negative."); } = 3;

    /// <summary>How many right answers at most, of all classes; with many classes each has fewer, and the last ones none.</summary>
    public int Right { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Right), value, "The number of right answers to show must not be negative."); } = 60;

    /// <summary>How many images at most whose labels are disputed.</summary>
    public int Disputed { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Disputed), value, "The number of disputed labels to show must not be negative."); } = 24;

    /// <summary>The side of the small images, in pixels.</summary>
    public int Side { get; init => field = value is >= 16 and <= 1024 ? value : throw new ArgumentOutOfRangeException(nameof(Side), value, "The side of the small images must be 16 to 1024 pixels."); } = 160;

    /// <summary>Whether to show where the model looked.</summary>
    public bool Explain { get; init; } = true;

    /// <summary>How many threads compute; 0 is one for each processor.</summary>
    public int Threads { get; init; }
}
