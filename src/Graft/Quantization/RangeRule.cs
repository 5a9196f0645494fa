namespace Graft.Quantization;

/// <summary>How the range of a value, which the 256 numbers of a byte are spread over, is chosen from what it is on calibration images.</summary>
public enum RangeRule
{
    /// <summary>The range that changes the network's output least: that of the least squared error, made narrower or wider as long as the output of some images comes nearer to what it was.</summary>
    Output,

    /// <summary>The range whose numbers lie nearest: the least mean squared error of all values.</summary>
    Mse,

    /// <summary>All but the outermost 0.01 % at each end.</summary>
    Percentile,

    /// <summary>The range whose distribution of bytes tells most of that of the values: the least Kullback-Leibler divergence (Migacz 2017, "8-bit inference with TensorRT").</summary>
    Entropy,

    /// <summary>From the smallest value to the largest.</summary>
    MinMax,
}
