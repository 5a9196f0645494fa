using System.Collections.Immutable;

namespace Graft.Runs;

/// <summary>What a run was asked to do: enough to do it again, and to go on with it. It is the run's <c>config.json</c>.</summary>
public sealed record RunConfig
{
    /// <summary>The layout of the file that this version writes; newer ones are refused.</summary>
    internal const int CurrentFormat = 1;

    private const string Top1 = "top1";

    /// <summary>The layout of the file.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>When the run began. <see cref="RunRecorder.Start"/> sets it.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>The version of the program that began it.</summary>
    public string Version { get; init; } = "";

    /// <summary>The command as the user would type it.</summary>
    public required string Command { get; init; }

    /// <summary>The command's arguments one by one, for going on with the run.</summary>
    public ImmutableArray<string> Arguments { get; init => field = value.IsDefault ? [] : value; } = [];

    /// <summary>The folder that relative paths in <see cref="Arguments"/> are relative to.</summary>
    public string WorkingFolder { get; init; } = "";

    /// <summary>The folder of training images. The run is named after it.</summary>
    public required string Data { get; init; }

    /// <summary>The folder of images that it is judged by, or null where a part of <see cref="Data"/> is held out.</summary>
    public string? Validation { get; init; }

    /// <summary>How many classes there are.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Classes { get; init => field = NotNegative(value, nameof(Classes)); }

    /// <summary>How many images there are.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Images { get; init => field = NotNegative(value, nameof(Images)); }

    /// <summary>The trunk: a name or a file.</summary>
    public required string Trunk { get; init; }

    /// <summary>What is trained, for example <c>finetune</c>.</summary>
    public required string Mode { get; init; }

    /// <summary>The seed.</summary>
    public ulong Seed { get; init; }

    /// <summary>The epochs planned; training may stop earlier.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Epochs { get; init => field = NotNegative(value, nameof(Epochs)); }

    /// <summary>What the score of the run is called, such as <c>top1</c>, <c>map</c> and <c>r2</c>. Where nobody said it, as older versions did not, it is <c>top1</c>.</summary>
    public string ScoreName { get; init => field = value ?? Top1; } = Top1;

    /// <summary>Every other setting, as name and text. <c>graft runs compare</c> shows those that differ.</summary>
    public ImmutableSortedDictionary<string, string> Settings { get; init; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    private static int NotNegative(int value, string name) =>
        value >= 0 ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} is a count and must be 0 or more, not {value}.");
}
