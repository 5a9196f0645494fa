namespace Graft.Onnx;

/// <summary>What an ONNX file may leave open.</summary>
public sealed record OnnxImportOptions
{
    /// <summary>The height and width in pixels where the file does not fix them.</summary>
    public int? Resolution { get; init => field = value is null or (> 0 and <= 16384) ? value : throw new ArgumentOutOfRangeException(nameof(Resolution), value, $"The resolution must be from 1 to 16384 pixels, not {value}."); }

    /// <summary>What is done to an image before it enters the network, where the file does not say it or, in its first steps, compute it; its resolution is replaced by the network's.</summary>
    public Preprocessing Preprocessing { get; init => field = value ?? throw new ArgumentNullException(nameof(Preprocessing)); } = Preprocessing.ImageNet;

    /// <summary>
    /// An ONNX file that prepares images for the network: it may reorder the colours, subtract and multiply, as those of ML.NET's image featurizers do. What it does becomes the model's preprocessing; null where there is none.
    /// </summary>
    public string? PreprocessingFile { get; init; }

    /// <summary>
    /// Whether the head is left out: the model is a trunk whose main output is <c>features</c>. A file whose head is refused is read up to its last pooling over the image.
    /// </summary>
    public bool DropHead { get; init; }
}
