namespace Graft.Lite;

/// <summary>What a TensorFlow Lite file may leave open, and what is wanted of it.</summary>
public sealed record LiteImportOptions
{
    /// <summary>The height and width in pixels where the file does not fix them.</summary>
    public int? Resolution { get; init => field = value is null or (> 0 and <= 16384) ? value : throw new ArgumentOutOfRangeException(nameof(Resolution), value, $"The resolution must be from 1 to 16384 pixels, not {value}."); }

    /// <summary>What is done to an image before it enters the network: its resize and crop, which files do not say, and where the file does not say it, mean and deviation. Its resolution is replaced by the network's.</summary>
    public Preprocessing Preprocessing { get; init => field = value ?? throw new ArgumentNullException(nameof(Preprocessing)); } = Preprocessing.Centered with { Interpolation = Interpolation.Bilinear };

    /// <summary>What becomes of a quantized network's whole numbers.</summary>
    public LiteWeights Weights { get; init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Weights), value, $"There is no such choice of weights: {value}."); }

    /// <summary>Whether the head is left out: the model is a trunk whose main output is <c>features</c>.</summary>
    public bool DropHead { get; init; }
}
