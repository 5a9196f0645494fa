namespace Graft.Hosting;

/// <summary>Which classifier is served, and how. The options are checked when the host starts.</summary>
public sealed class ImageClassifierOptions
{
    /// <summary>The <c>.graft</c> file. A relative path begins at the host's content root, or without a host at the working directory.</summary>
    public string Path { get; set; } = "";

    /// <summary>How many threads one image uses; 0 is one for each processor. One is best where many images come at the same time.</summary>
    public int Threads { get; set; } = 1;

    /// <summary>Whether a file that changes, is replaced or overwritten, is loaded and served without a restart.</summary>
    public bool ReloadOnChange { get; set; }

    /// <summary>How often the file is looked at. A changed one is loaded as soon as it was the same on two looks, so that what is still being written is left alone.</summary>
    public TimeSpan ReloadInterval { get; set; } = TimeSpan.FromSeconds(1);
}
