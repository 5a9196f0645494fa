namespace Graft.Keras;

/// <summary>What a Keras file may leave open, and what is wanted of it.</summary>
public sealed record KerasImportOptions
{
    /// <summary>The height and width in pixels where the file does not fix them; 224 unless given.</summary>
    public int Resolution { get; init => field = value is > 0 and <= 16384 ? value : throw new ArgumentOutOfRangeException(nameof(Resolution), value, $"The resolution must be from 1 to 16384 pixels, not {value}."); } = 224;

    /// <summary>What is done to an image before it enters the network: its resize and crop, which files do not say, and where the model has no layer for it, mean and deviation. Its resolution is replaced by the network's.</summary>
    public Preprocessing Preprocessing { get; init => field = value ?? throw new ArgumentNullException(nameof(Preprocessing)); } = Preprocessing.Centered with { Interpolation = Interpolation.Bilinear };

    /// <summary>Whether the head is left out: the model is a trunk whose main output is <c>features</c>.</summary>
    public bool DropHead { get; init; }
}
