namespace Graft.Reports;

/// <summary>An image, what was said of it, and what it looks like.</summary>
/// <param name="Path">Its path from the data folder.</param>
/// <param name="True">Its label.</param>
/// <param name="Predicted">What it was taken for.</param>
/// <param name="Probability">How sure that was.</param>
internal sealed record ReportImage(string Path, int True, int Predicted, float Probability)
{
    /// <summary>A small JPEG of what enters the network; empty where the file can no longer be read.</summary>
    public ReadOnlyMemory<byte> Thumbnail { get; init; }

    /// <summary>What was said of it, where images have no classes.</summary>
    public string? Remark { get; init; }

    /// <summary>Why there is no thumbnail.</summary>
    public string? Problem { get; init; }

    /// <summary>Where the model looked, for the class that it took the image for and, after a mistake, for the true one.</summary>
    public IReadOnlyList<ImageExplanation> Explanations { get; init; } = [];
}

/// <summary>Where the model looked for a class.</summary>
/// <param name="Class">The class.</param>
/// <param name="Jpeg">A small JPEG: the image under colours.</param>
internal sealed record ImageExplanation(int Class, ReadOnlyMemory<byte> Jpeg);
