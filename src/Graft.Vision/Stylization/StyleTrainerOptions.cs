using System.Runtime.CompilerServices;
using Graft.Models;
using Graft.Training.Losses;

namespace Graft.Vision.Stylization;

/// <summary>How a generator learns a style. The defaults take some minutes on a few processors.</summary>
public sealed record StyleTrainerOptions : ImageTrainerOptions
{
    /// <summary>The generator's normalization and width; its size is <see cref="Size"/>.</summary>
    public StyleGeneratorOptions Generator { get; init => field = value ?? throw new ArgumentNullException(nameof(Generator)); } = new();

    /// <summary>The side of the squares that are learned from, a multiple of 16: 160 pixels. Strokes come out as large in any image.</summary>
    public int Size { get; init => field = value is >= 64 and <= 1024 && value % 16 == 0 ? value : throw new ArgumentOutOfRangeException(nameof(Size), value, $"The side of training images must be a multiple of 16 from 64 to 1024, not {value}."); } = 160;

    /// <summary>The side that the style image's middle square is resized to, a multiple of 16: 256 pixels. A larger one makes larger strokes.</summary>
    public int StyleSize { get; init => field = value is >= 64 and <= 2048 && value % 16 == 0 ? value : throw new ArgumentOutOfRangeException(nameof(StyleSize), value, $"The side of the style must be a multiple of 16 from 64 to 2048, not {value}."); } = 256;

    /// <summary>The number of steps: 600.</summary>
    public int Steps { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Steps), value, "The number of steps must be positive."); } = 600;

    /// <summary>The images of a step: 4.</summary>
    public int Batch { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Batch), value, "The batch must be positive."); } = 4;

    /// <summary>The first learning rate, which falls to zero along half a cosine: 0.003.</summary>
    public double LearningRate { get; init => field = Positive(value); } = 0.003;

    /// <summary>What counts as style: covariances.</summary>
    public StyleStatistics Statistics { get; init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Statistics), value, "There are no such statistics."); }

    /// <summary>
    /// How many random filters, at each of four scales, are part of the style beside the trunk's features: 32. They tell textures and colours apart that a MobileNet does not; 0 leaves the style to the trunk.
    /// </summary>
    public int Filters { get; init => field = value is >= 0 and <= 1024 ? value : throw new ArgumentOutOfRangeException(nameof(Filters), value, "The number of filters must be from 0 to 1024."); } = 32;

    /// <summary>The weight of <see cref="StyleLosses.Content"/>.</summary>
    public double ContentWeight { get; init => field = NotNegative(value); } = 2;

    /// <summary>The weight of <see cref="StyleLosses.Style"/>.</summary>
    public double StyleWeight { get; init => field = NotNegative(value); } = 2;

    /// <summary>The weight of <see cref="StyleLosses.Variation"/>.</summary>
    public double VariationWeight { get; init => field = NotNegative(value); } = 2;

    /// <summary>How much smaller than the image the features are that content is compared by: 2, 4, 8 or 16.</summary>
    public int ContentStride { get; init => field = value is 2 or 4 or 8 or 16 ? value : throw new ArgumentOutOfRangeException(nameof(ContentStride), value, $"Content is compared at a stride of 2, 4, 8 or 16, not {value}."); } = 4;

    /// <summary>The most images that are not learned from, to judge by in the end: 64, and no more than a tenth of all.</summary>
    public int HeldOut { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(HeldOut), value, "The number of held-out images must not be negative."); } = 64;

    private static double Positive(double value, [CallerMemberName] string name = "") => value > 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be positive and finite, not {value}.");

    private static double NotNegative(double value, [CallerMemberName] string name = "") => value >= 0 && double.IsFinite(value)
        ? value
        : throw new ArgumentOutOfRangeException(name, value, $"{name} must be finite and at least 0, not {value}.");
}
