using Graft.Operations.Normalization;

namespace Graft.Models;

/// <summary>The size and the normalization of a <see cref="StyleGenerator"/>.</summary>
public sealed record StyleGeneratorOptions
{
    /// <summary>The width multiplier: 1 is the paper's 32, 64 and 128 channels; the default, 1/2, needs a quarter of its multiply-adds.</summary>
    public double Width { get; init => field = value is > 0 and <= 4 ? value : throw new ArgumentOutOfRangeException(nameof(Width), value, $"The width multiplier of a generator must be in (0, 4], not {value}."); } = 0.5;

    /// <summary>The height of the image in pixels, a multiple of <see cref="StyleGenerator.Stride"/>.</summary>
    public int Height { get; init => field = Side(value, nameof(Height)); } = 256;

    /// <summary>The width of the image in pixels, a multiple of <see cref="StyleGenerator.Stride"/>.</summary>
    public int ImageWidth { get; init => field = Side(value, nameof(ImageWidth)); } = 256;

    /// <summary>The normalization after every convolution but the last, by a name of <see cref="NormalizationNames"/>: instance.</summary>
    public string Normalization
    {
        get;
        init => field = NormalizationNames.All.Contains(value) ? value : throw new ArgumentException($"There is no normalization '{value}'. There are: {string.Join(", ", NormalizationNames.All)}.", nameof(Normalization));
    } = "instance";

    private static int Side(int value, string name) => value >= 16 && value <= 8192 && value % StyleGenerator.Stride == 0
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"A side of a generator's image must be a multiple of {StyleGenerator.Stride} from 16 to 8192, not {value}.");
}
