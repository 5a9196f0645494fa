namespace Graft.Lite;

/// <summary>What becomes of a quantized network's whole numbers.</summary>
public enum LiteWeights
{
    /// <summary>
    /// The network computes with the numbers of the file: values are rounded as there, layers have weights of 8 bits where whole numbers from -127 to 127 hold them, and in float32, of the same numbers, where they reach further, as
    /// those of uint8 with a zero point do.
    /// </summary>
    Exact,

    /// <summary>All layers have weights of 8 bits: an output whose numbers reach further than 127 is rounded to a larger scale. Faster than <see cref="Exact"/>, and not quite the same.</summary>
    Bytes,

    /// <summary>Float32, and no value is rounded: a network that can be trained, pruned and quantized again. A range that cuts off at 0, or at 6, too, becomes an activation.</summary>
    Float,
}
