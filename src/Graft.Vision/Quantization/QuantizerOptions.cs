using Graft.Quantization;

namespace Graft.Vision.Quantization;

/// <summary>How a model is quantized: its values as bytes, the weights of its layers as whole numbers from -127 to 127.</summary>
public sealed record QuantizerOptions : ImageTrainerOptions
{
    /// <summary>The most images that are held out to judge by: 512.</summary>
    public const int MostJudged = 512;

    /// <summary>The images that ranges are taken from: 256, fewer where there are not as many.</summary>
    public int CalibrationImages
    {
        get;
        init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(CalibrationImages), value, "Ranges are taken from one image at least.");
    } = 256;

    /// <summary>How the range of each value is chosen: by what it does to the network's output.</summary>
    public RangeRule Ranges
    {
        get;
        init => field = Enum.IsDefined(value) ? value : throw new ArgumentOutOfRangeException(nameof(Ranges), value, "There is no such rule for ranges.");
    }

    /// <summary>Whether all weights of a layer have one scale; by default each output has its own.</summary>
    public bool PerTensor { get; init; }

    /// <summary>Whether scales of weights are those of the least squared error, at which the largest weights may be cut off; otherwise the largest weight of each becomes 127.</summary>
    public bool CutsWeights { get; init; } = true;

    /// <summary>Whether the channels between two layers are scaled to be alike before anything is rounded (Nagel et al. 2019, arXiv:1906.04721, section 4.1).</summary>
    public bool Equalize { get; init; } = true;

    /// <summary>Whether biases make up for what rounding changes in the mean of each channel (section 4.2 of the same paper).</summary>
    public bool CorrectBias { get; init; } = true;

    /// <summary>How many layers stay in float, those that do the most harm; null: those whose harm is far above that of the others, often none.</summary>
    public int? FloatLayers
    {
        get;
        init => field = value is null or >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(FloatLayers), value, "The number of layers that stay in float must not be negative.");
    }

    /// <summary>How often the quantized network learns from every image what the model makes of it: 0, not at all.</summary>
    public int Epochs { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(Epochs), value, "The number of epochs must not be negative."); }

    /// <summary>The most images of a step: 32.</summary>
    public int Batch { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(Batch), value, "The batch must be positive."); } = 32;

    /// <summary>The highest learning rate of the schedule (Adam): 0.0005.</summary>
    public double LearningRate
    {
        get;
        init => field = value > 0 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(LearningRate), value, "The learning rate must be positive and finite.");
    } = 5e-4;

    /// <summary>The part of the images that is held out to judge by, at most <see cref="MostJudged"/> images, where no others are given: 0.2.</summary>
    public double Holdout
    {
        get;
        init => field = value is >= 0 and < 1 ? value : throw new ArgumentOutOfRangeException(nameof(Holdout), value, "The part to hold out must be at least 0 and below 1.");
    } = 0.2;
}
